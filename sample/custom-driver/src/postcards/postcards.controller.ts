import {
  BadRequestException,
  Body,
  Controller,
  Get,
  HttpCode,
  HttpStatus,
  Post,
  Query,
} from '@nestjs/common';
import { EventQueues, EventService, parseDuration, type QueueCount } from 'nestjs-event-drivers';
import { PostOffice } from './post-office.service.js';
import { type Postcard, PostcardWritten } from './postcard-written.event.js';

@Controller('postcards')
export class PostcardsController {
  constructor(
    private readonly events: EventService,
    private readonly queues: EventQueues,
    private readonly postOffice: PostOffice,
  ) {}

  /** Answers once the postcard is on the disk. */
  @Post()
  @HttpCode(HttpStatus.ACCEPTED)
  async write(@Body() body: unknown, @Query('in') wait?: string): Promise<{ accepted: string }> {
    const event = new PostcardWritten({ ...readPostcard(body), writtenAt: new Date() });
    await this.events.dispatch(event, { delay: readWait(wait) });
    return { accepted: event.getId() };
  }

  @Get('sent')
  listSent(): Promise<string[]> {
    return this.postOffice.listSent();
  }

  /** How many are ready to be sent, are to be sent later, are being sent, and were given up. */
  @Get('counts')
  count(): Promise<readonly QueueCount[]> {
    return this.queues.count();
  }
}

function readPostcard(body: unknown): Postcard {
  const { to, text } = (body ?? {}) as Partial<Record<keyof Postcard, unknown>>;
  if (typeof to !== 'string' || typeof text !== 'string') {
    throw new BadRequestException('the body must be JSON with to and text, which are texts');
  }
  return { to, text };
}

function readWait(wait: string | undefined): number {
  const milliseconds = parseDuration(wait ?? 0);
  if (milliseconds === undefined) throw new BadRequestException("in must be a time, such as '30s' or '5m'");
  return milliseconds;
}

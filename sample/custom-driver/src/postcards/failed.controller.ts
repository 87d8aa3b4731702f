import { Controller, Get, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { EventQueues } from 'nestjs-event-drivers';

interface FailedPostcard {
  readonly payload: unknown;
  readonly reason: string;
  readonly attempts: number;
}

/** What was given up, until someone has removed the cause. It works for any driver that has operations. */
@Controller('failed')
export class FailedController {
  constructor(private readonly queues: EventQueues) {}

  @Get()
  async list(): Promise<FailedPostcard[]> {
    const failed = await this.queues.listFailed();
    return failed.map(({ payload, reason, attempts }) => ({ payload, reason, attempts }));
  }

  @Post('redrive')
  @HttpCode(HttpStatus.OK)
  async redrive(): Promise<{ redriven: number }> {
    return { redriven: await this.queues.redrive() };
  }
}

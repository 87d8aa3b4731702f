import { Controller, Get, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { EventQueues, type FailedDelivery } from 'nestjs-event-drivers';

type FailedOrder = Pick<FailedDelivery, 'eventName' | 'listenerId' | 'payload' | 'reason' | 'attempts'>;

/** What was given up, for programs; the board is for people. */
@Controller('failed')
export class FailedController {
  constructor(private readonly queues: EventQueues) {}

  @Get()
  async list(): Promise<FailedOrder[]> {
    const failed = await this.queues.listFailed();
    return failed.map(({ eventName, listenerId, payload, reason, attempts }) => ({
      eventName,
      listenerId,
      payload,
      reason,
      attempts,
    }));
  }

  @Post('redrive')
  @HttpCode(HttpStatus.OK)
  async redrive(): Promise<{ redriven: number }> {
    return { redriven: await this.queues.redrive() };
  }
}

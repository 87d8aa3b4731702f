import { Controller, Get, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { EventQueues, type FailedDelivery } from 'nestjs-event-drivers';

/** What the queue and the resilient driver have given up, until someone has removed the cause. */
@Controller('failed')
export class FailedController {
  constructor(private readonly queues: EventQueues) {}

  @Get()
  async list(): Promise<Omit<FailedDelivery, 'error'>[]> {
    const failed = await this.queues.listFailed();
    return failed.map(({ error: _error, ...delivery }) => delivery);
  }

  @Post('redrive')
  @HttpCode(HttpStatus.OK)
  async redrive(): Promise<{ redriven: number }> {
    return { redriven: await this.queues.redrive() };
  }
}

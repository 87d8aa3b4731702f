import { Controller, Get, Param } from '@nestjs/common';
import { type EventExplanation, EventQueues, type QueueCount } from 'nestjs-event-drivers';

/** What is where, and how it gets there. */
@Controller()
export class QueuesController {
  constructor(private readonly queues: EventQueues) {}

  @Get('queues')
  count(): Promise<readonly QueueCount[]> {
    return this.queues.count();
  }

  @Get('explain/:event')
  explain(@Param('event') event: string): EventExplanation {
    return this.queues.explain(event);
  }
}

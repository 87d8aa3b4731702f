import { Injectable } from '@nestjs/common';
import { type IBaseEvent, OnEvent } from 'nestjs-event-drivers';

@Injectable()
export class ActivityListener {
  private readonly counts = new Map<string, number>();

  /** Every event with a name of two segments, `order.placed` as well as `user.created`. */
  @OnEvent('*.*', { driver: 'monitored' })
  count(event: IBaseEvent): void {
    this.counts.set(event.getName(), (this.counts.get(event.getName()) ?? 0) + 1);
  }

  getCounts(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }
}

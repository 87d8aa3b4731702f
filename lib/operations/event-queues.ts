import { Inject, Injectable } from '@nestjs/common';
import { EventDispatcher } from '../dispatch/event-dispatcher.js';
import type { FailedFilter, QueueCount } from '../driver/driver-operations.js';
import type { FailedDelivery } from '../drivers/failed-store.js';
import type { EventClass, IBaseEvent } from '../event/event.interface.js';
import { type EventExplanation, explainEvent } from './explain-event.js';
import { type ProgressOptions, QueueControls, type QueueState } from './queue-controls.js';

/**
 * Looks into the queues of durable drivers, and into what they and `ResilientDriver`s gave up; tries that again
 * or deletes it; pauses queues; and explains which way an event goes.
 *
 * @example
 * ```ts
 * const failed = await queues.listFailed({ event: 'order.placed' });
 * await queues.redrive({ event: 'order.placed' });
 * ```
 */
@Injectable()
export class EventQueues {
  @Inject(EventDispatcher)
  private readonly dispatcher!: EventDispatcher;

  private readonly controls = new QueueControls((wanted) => {
    const { drivers } = this.dispatcher.getTopology();
    const asked = wanted === undefined ? drivers.getAll() : [drivers.get(wanted)];
    return asked.flatMap(({ name, driver }) => {
      const operations = driver.getOperations?.();
      return operations === undefined ? [] : [{ driver: name, operations }];
    });
  });

  /** The queues, with anything in them or not. */
  getQueues(): Promise<readonly QueueState[]> {
    return this.controls.getQueues();
  }

  /** How many deliveries are where, for each queue, event and listener that has any. */
  count(): Promise<readonly QueueCount[]> {
    return this.controls.count();
  }

  /**
   * What was given up: with reason, attempts and payload, oldest first, driver by driver.
   *
   * @param after the id of the last one of the page before
   */
  listFailed(filter: FailedFilter = {}, limit = 100, after?: string): Promise<readonly FailedDelivery[]> {
    return this.controls.listFailed(filter, limit, after);
  }

  /** How many {@link EventQueues.redrive} would try again. */
  previewRedrive(filter: FailedFilter = {}): Promise<number> {
    return this.controls.previewRedrive(filter);
  }

  /**
   * Tries again what was given up: from a queue, with all its attempts; from a `ResilientDriver`, at once.
   *
   * @returns how many were put back into their queue, or delivered
   */
  redrive(filter: FailedFilter = {}, options: ProgressOptions = {}): Promise<number> {
    return this.controls.redrive(filter, options);
  }

  /** Deletes what was given up, for good. @returns how many */
  purge(filter: FailedFilter = {}, options: ProgressOptions = {}): Promise<number> {
    return this.controls.purge(filter, options);
  }

  /**
   * Stops the work on a queue in all processes, until it is resumed. What is running goes on.
   *
   * @param queue its name in the store, such as `'queue.mails'`; or `'mails'`, for the queues that are called that
   */
  pause(queue: string): Promise<void> {
    return this.controls.setPaused(queue, true);
  }

  /** Has a queue worked again. */
  resume(queue: string): Promise<void> {
    return this.controls.setPaused(queue, false);
  }

  /** The queues that are paused. */
  getPaused(): Promise<readonly string[]> {
    return this.controls.getPaused();
  }

  /** Which way an event goes: its driver and queue, its listeners and theirs, and why. */
  explain(event: IBaseEvent | EventClass | string): EventExplanation {
    return explainEvent(event, this.dispatcher.getTopology());
  }
}

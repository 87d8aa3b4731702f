import { EventsError } from './events.error.js';

/** As many deliveries as `maxQueueSize` allows are waiting already; this one was not accepted. */
export class QueueFullError extends EventsError {
  readonly code = 'EVENTS_QUEUE_FULL';

  constructor(
    readonly driverName: string,
    readonly maxQueueSize: number,
    readonly maxConcurrency: number,
  ) {
    super(
      `Driver '${driverName}' is full: ${maxConcurrency} running (maxConcurrency) and ` +
        `${maxQueueSize} waiting (maxQueueSize). Dispatch more slowly, or raise one of the two.`,
    );
  }
}

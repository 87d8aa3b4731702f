import type { DeliveryOptions } from './delivery-options.js';
import type { IBaseEvent } from './event.interface.js';

/** An event that stands for another: it is known by the same name, and does the work in its own way. */
export abstract class EventView implements IBaseEvent {
  constructor(
    /** The event that it stands for. */
    readonly event: IBaseEvent,
  ) {}

  abstract execute(signal?: AbortSignal): Promise<void>;

  getId(): string | undefined {
    return this.event.getId?.();
  }

  getName(): string {
    return this.event.getName();
  }

  getPayload(): unknown {
    return this.event.getPayload();
  }

  getDriverName(): string | undefined {
    return this.event.getDriverName?.();
  }

  getQueueName(): string {
    return this.event.getQueueName?.() ?? 'default';
  }

  getDeliveryOptions(): DeliveryOptions | undefined {
    return this.event.getDeliveryOptions?.();
  }

  getListenerId(): string | undefined {
    return this.event.getListenerId?.();
  }
}

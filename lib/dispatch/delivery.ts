import type { IBaseEvent } from '../event/event.interface.js';
import type { MatchedListener } from '../listener/listener.js';

/**
 * One event on its way to one listener. It is an event itself, so that any driver can deliver it:
 * its work is to call the listener.
 */
export class ListenerDelivery implements IBaseEvent {
  constructor(
    /** The event that was dispatched. */
    readonly event: IBaseEvent,
    private readonly listener: MatchedListener,
  ) {}

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
    return this.listener.driver ?? this.event.getDriverName?.();
  }

  getQueueName(): string {
    return this.event.getQueueName?.() ?? 'default';
  }

  getListenerId(): string {
    return this.listener.id;
  }

  async execute(signal?: AbortSignal): Promise<void> {
    await this.listener.invoke(this.event, signal);
  }
}

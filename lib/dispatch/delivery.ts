import type { DeliveryOptions } from '../event/delivery-options.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { EventView } from '../event/event-view.js';
import { toPromise } from '../utils/to-promise.js';
import type { MatchedListener } from '../listener/listener.js';

/**
 * One event on its way to one listener. It is an event itself, so that any driver can deliver it:
 * its work is to call the listener.
 */
export class ListenerDelivery extends EventView {
  constructor(
    event: IBaseEvent,
    private readonly listener: MatchedListener,
  ) {
    super(event);
  }

  override getDriverName(): string | undefined {
    return this.listener.driver ?? super.getDriverName();
  }

  override getListenerId(): string {
    return this.listener.id;
  }

  override getDeliveryOptions(): DeliveryOptions | undefined {
    const ofEvent = super.getDeliveryOptions();
    const { delivery } = this.listener;
    return delivery === undefined ? ofEvent : { ...ofEvent, ...delivery };
  }

  /** Whether the listener is to run in a transaction that also completes the delivery. */
  isTransactional(): boolean {
    return this.listener.isTransactional;
  }

  execute(signal?: AbortSignal, transaction?: unknown): Promise<void> {
    try {
      return toPromise(this.listener.invoke(this.event, signal, transaction));
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

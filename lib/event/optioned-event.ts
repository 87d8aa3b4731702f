import type { DeliveryOptions } from './delivery-options.js';
import type { IBaseEvent } from './event.interface.js';
import { EventView } from './event-view.js';

/** What a single dispatch asks for, beyond what events and listeners can. */
export interface CallOptions extends DeliveryOptions {
  readonly at?: Date;
  readonly transaction?: unknown;
  /** The driver that delivers once the transaction has been committed. */
  readonly relayTo?: string;
}

/** A delivery with the options of the dispatch it belongs to. */
export class OptionedEvent extends EventView {
  constructor(
    event: IBaseEvent,
    readonly options: CallOptions,
  ) {
    super(event);
  }

  async execute(signal?: AbortSignal): Promise<void> {
    await this.event.execute(signal);
  }
}

/** What an event stands for, the options it was dispatched with, and those of its listener and class. */
export interface Unwrapped {
  /** The event itself, as it was dispatched. */
  readonly event: IBaseEvent;
  readonly options: CallOptions;
}

/** Looks through the views of an event. Options of the dispatch win over the listener's, those over the event's. */
export function unwrap(delivery: IBaseEvent): Unwrapped {
  let event = delivery;
  let call: CallOptions | undefined;
  while (event instanceof EventView) {
    if (event instanceof OptionedEvent) call = { ...event.options, ...call };
    event = event.event;
  }
  const ofEvent = delivery.getDeliveryOptions?.();
  return { event, options: call === undefined ? (ofEvent ?? NO_OPTIONS) : { ...ofEvent, ...call } };
}

const NO_OPTIONS: CallOptions = Object.freeze({});

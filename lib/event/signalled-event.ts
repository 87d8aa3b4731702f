import type { IBaseEvent } from './event.interface.js';
import { EventView } from './event-view.js';

/**
 * An event with the signal that its work is to be given, whichever drivers it still passes through.
 */
export class SignalledEvent extends EventView {
  constructor(
    event: IBaseEvent,
    readonly signal: AbortSignal,
  ) {
    super(event);
  }

  /** Runs it with the signal; a run that would only begin after the signal was aborted does not. */
  execute(signal: AbortSignal = this.signal): Promise<void> {
    return signal.aborted ? Promise.reject(signal.reason) : this.event.execute(signal);
  }
}

/** The signal that an event's work will be given, if one is known. */
export function getSignal(event: IBaseEvent): AbortSignal | undefined {
  return event instanceof SignalledEvent ? event.signal : undefined;
}

/** The event without a signal. */
export function withoutSignal(event: IBaseEvent): IBaseEvent {
  return event instanceof SignalledEvent ? withoutSignal(event.event) : event;
}

import { DELIVERY_OPTION_NAMES } from '../event/delivery-options.js';
import type { DriverOptionName } from '../driver/driver.interface.js';
import { BaseDriver, type DriverCapabilities, type IBaseEvent } from '../index.js';

/** All that a dispatch, an event or a listener can ask for. */
export const ALL_OPTIONS: readonly DriverOptionName[] = Object.freeze([
  ...DELIVERY_OPTION_NAMES,
  'at',
  'transaction',
  'transactional',
]);

/** Whatever is asked of the driver that it stands for, it takes. */
const CAPABILITIES: DriverCapabilities = Object.freeze({
  durable: false,
  concurrent: false,
  options: ALL_OPTIONS,
});

/**
 * Keeps what it is given, and runs nothing of it. Put it in the place of a driver whose deliveries are of no interest, or
 * are to be looked at.
 *
 * @example
 * ```ts
 * overrideDriver(builder, 'mail', MockDriver);
 * // ...
 * const driver = module.get<MockDriver>(getDriverToken('mail'));
 * expect(driver.getDispatchedEvents()).toHaveLength(1);
 * ```
 */
export class MockDriver extends BaseDriver {
  private dispatchedEvents: IBaseEvent[] = [];

  override get capabilities(): DriverCapabilities {
    return CAPABILITIES;
  }

  async dispatch(event: IBaseEvent): Promise<void> {
    this.dispatchedEvents.push(event);
  }

  /** What it was given, in order: events, or the deliveries of events to listeners. */
  getDispatchedEvents(): IBaseEvent[] {
    return this.dispatchedEvents;
  }

  /** Forgets what it was given. */
  clear(): void {
    this.dispatchedEvents = [];
  }
}

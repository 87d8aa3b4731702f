import { EventDriverException } from '../errors/index.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { BaseDriver, DEFAULT_CAPABILITIES } from './base-driver.js';
import { dispatchAll } from './dispatch-all.js';
import type { DriverName } from './driver-names.js';
import type { DriverCapabilities, DriverOptionName, IEventDriver } from './driver.interface.js';

/** The option that all drivers have that can wrap another. */
export interface WrappingDriverOptions {
  /**
   * The name of the driver that does the delivery.
   *
   * @defaultValue none: the delivery is run right here, as `SyncDriver` would
   */
  driver?: DriverName;
}

/** Finds a configured driver by its name. */
export type DriverLookup = (name: string) => IEventDriver;

/**
 * The base of drivers that leave the delivery itself to another, named in their options, and add
 * something around it.
 *
 * @example
 * ```ts
 * class TracingDriver extends WrappingDriver {
 *   async dispatch(event: IBaseEvent): Promise<void> {
 *     await trace(event.getName(), () => this.deliver(event));
 *   }
 * }
 * ```
 */
export abstract class WrappingDriver<
  TOptions extends WrappingDriverOptions = WrappingDriverOptions,
> extends BaseDriver<TOptions> {
  private wrapped: readonly IEventDriver[] = [];

  /** The names of the drivers that one with these options would wrap, outermost first. */
  static getWrappedDriverNames(options: unknown): readonly string[] {
    const name = (options as WrappingDriverOptions | undefined)?.driver;
    return typeof name === 'string' ? [name] : [];
  }

  /** Those of the driver it wraps first: around a durable driver it is durable itself. */
  override get capabilities(): DriverCapabilities {
    return this.wrapped[0]?.capabilities ?? DEFAULT_CAPABILITIES;
  }

  /** {@link WrappingDriver.capabilities} of the wrapped driver without the options that this one makes impossible. */
  protected withdraw(...withdrawn: readonly DriverOptionName[]): DriverCapabilities {
    const capabilities = this.wrapped[0]?.capabilities ?? DEFAULT_CAPABILITIES;
    const { options } = capabilities;
    if (options === undefined) return capabilities;
    return { ...capabilities, options: options.filter((option) => !withdrawn.includes(option)) };
  }

  /** Connects it to the drivers it names. The application does this; so can a test. */
  connect(lookup: DriverLookup): void {
    const names = (this.constructor as typeof WrappingDriver).getWrappedDriverNames(this.getOptions());
    this.wrapped = names.map((name) => lookup(name));
  }

  /** Hands a delivery to the wrapped driver, or runs it where there is none. */
  protected deliver(event: IBaseEvent): Promise<void> {
    const [driver] = this.wrapped;
    if (driver !== undefined) return driver.dispatch(event);
    const name = this.getOptions()?.driver;
    if (name !== undefined) return Promise.reject(this.notConnected(name));
    return event.execute();
  }

  /**
   * Hands deliveries to the wrapped driver, together if it takes them together. For the `dispatchMany()` of a driver
   * around one that stores: without it, what is stored together is given to `dispatch()` one after another.
   */
  protected async deliverMany(events: readonly IBaseEvent[]): Promise<void> {
    const [driver] = this.wrapped;
    if (driver !== undefined) return dispatchAll(driver, events);
    for (const event of events) await this.deliver(event);
  }

  /** The drivers that it wraps, in the order of their names. */
  protected getWrappedDrivers(): readonly IEventDriver[] {
    return this.wrapped;
  }

  protected notConnected(name: string): EventDriverException {
    return new EventDriverException(
      `Driver '${this.getName()}' wraps driver '${name}' but was not connected to it. ` +
        `Configure both in EventsModule, or call connect() with a way to find '${name}'.`,
      name,
      [],
    );
  }
}

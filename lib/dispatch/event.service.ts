import { inspect } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import type { EventConfigInput } from '../config/event-config.js';
import type { DriverClass } from '../driver/driver-class.js';
import type { DriverName } from '../driver/driver-names.js';
import type { IEventDriver } from '../driver/driver.interface.js';
import type { EventClass, IBaseEvent } from '../event/event.interface.js';
import type { EventPattern } from '../listener/event-pattern.js';
import type { DispatchOptions } from './dispatch-options.js';
import { EventDispatcher } from './event-dispatcher.js';
import { throwFailures } from './event-plan.js';
import { InvalidEventError } from '../errors/index.js';

/** A listener, as `EventService.getListeners()` describes it. */
export interface ListenerInfo {
  /** Tells it from all others. */
  readonly id: string;
  /** The driver it names; `undefined` leaves it to the event and the configuration. */
  readonly driver: string | undefined;
  /** Where it stands among the listeners of an event; lower is earlier. */
  readonly order: number;
  /** What it listens to. */
  readonly events: readonly EventPattern[];
}

/**
 * Dispatches events, and knows the drivers and listeners of the application.
 *
 * To choose drivers by code, extend it, override `dispatch()`, call `super.dispatch()`, and give the
 * class to the configuration as `eventService`.
 */
@Injectable()
export class EventService {
  @Inject(EventDispatcher)
  private readonly dispatcher!: EventDispatcher;

  /**
   * Delivers an event: its own `execute()` first, then to its listeners, each by its driver. The
   * driver is the one given here, else the listener's, else the event's, else the `defaultDriver`.
   *
   * @param event an instance of your event class
   * @param driver the name of a driver, or options, for this dispatch only
   * @returns once every driver has done its part
   * @throws what a delivery threw; where several failed, an `EventDispatchException` that names each
   *
   * @example
   * ```ts
   * await eventService.dispatch(new UserCreated({ userId: '42' }));
   * await eventService.dispatch(new UserCreated({ userId: '42' }), 'retry');
   * ```
   */
  dispatch(event: IBaseEvent, driver?: DriverName | DispatchOptions): Promise<void> {
    return this.dispatcher.dispatch(event, driver);
  }

  /**
   * Dispatches several events. Those whose deliveries are all stored are stored together: one insert for
   * each queue, all or none. The others are dispatched one after another, and one that fails does not stop
   * those that follow. (In a subclass that overrides `dispatch()` all are dispatched by that, one after another.)
   *
   * @throws what a dispatch threw; where several failed, an `EventDispatchException` that names each
   */
  async dispatchMany(events: Iterable<IBaseEvent>, driver?: DriverName | DispatchOptions): Promise<void> {
    const list = toList(events);
    // oxlint-disable-next-line typescript/unbound-method -- it is compared, and never called
    const isOverridden = this.dispatch !== EventService.prototype.dispatch;
    const failures = isOverridden
      ? await this.dispatchEach(list, driver)
      : await this.dispatcher.dispatchMany(list, driver);
    throwFailures(
      'dispatchMany()',
      failures.map(({ index, error }) => ({ listenerId: `events[${index}]`, error })),
    );
  }

  private async dispatchEach(
    events: readonly IBaseEvent[],
    driver: DriverName | DispatchOptions | undefined,
  ): Promise<{ index: number; error: unknown }[]> {
    const failures: { index: number; error: unknown }[] = [];
    for (const [index, event] of events.entries()) {
      try {
        await this.dispatch(event, driver);
      } catch (error) {
        failures.push({ index, error });
      }
    }
    return failures;
  }

  /** The configuration as it was given. */
  getConfig(): EventConfigInput {
    return this.dispatcher.getTopology().config.input;
  }

  /** The class of the `defaultDriver`. */
  getDefaultDriverCtor(): DriverClass {
    const { config, drivers } = this.dispatcher.getTopology();
    return drivers.get(config.defaultDriver).driverClass;
  }

  /** Whether exactly one driver goes by that name, so that `dispatch()` would take it. */
  hasDriver(name: string): name is DriverName {
    return this.dispatcher.getTopology().drivers.has(name);
  }

  /**
   * The driver of that name; in a test, the one that has been put in its place.
   *
   * @throws an `EventDriverException` if no driver, or more than one, goes by that name
   */
  getDriver<TDriver extends IEventDriver = IEventDriver>(name: DriverName): TDriver {
    return this.dispatcher.getTopology().drivers.get(name).driver as TDriver;
  }

  /**
   * The options that a driver is configured with.
   *
   * @throws an `EventDriverException` if it is none of the application's drivers
   */
  getDriverOptions<TOptions = unknown>(driver: IEventDriver): TOptions | undefined {
    const { drivers } = this.dispatcher.getTopology();
    const registered = drivers.find(driver);
    if (registered !== undefined) return registered.options as TOptions | undefined;
    return drivers.get(driver.getName()).options as TOptions | undefined;
  }

  /**
   * The options that the driver of that name is configured with.
   *
   * @throws an `EventDriverException` if no driver, or more than one, goes by that name
   */
  getDriverOptionsByName<TOptions = unknown>(name: DriverName): TOptions | undefined {
    return this.dispatcher.getTopology().drivers.get(name).options as TOptions | undefined;
  }

  /** The event class of that name, if the configuration, a listener or a dispatch has named it. */
  getEventCtorByName(name: string): EventClass | undefined {
    return this.dispatcher.getTopology().events.get(name);
  }

  /** The listeners of an event, an event class, or a name, in the order they are told. */
  getListeners(event: IBaseEvent | EventClass | string): readonly ListenerInfo[] {
    return this.dispatcher
      .getListeners(event)
      .map(({ id, driver, order, patterns }) => ({ id, driver, order, events: patterns }));
  }
}

function toList(events: Iterable<IBaseEvent>): IBaseEvent[] {
  if (typeof (events as Partial<Iterable<IBaseEvent>> | null | undefined)?.[Symbol.iterator] === 'function') {
    return [...events];
  }
  throw new InvalidEventError(
    events,
    `dispatchMany() takes a list of events, not ${inspect(events, { depth: 0, breakLength: Infinity })}.`,
  );
}

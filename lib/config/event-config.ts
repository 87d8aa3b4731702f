import type { Type } from '@nestjs/common';
import type { BaseDriver } from '../driver/base-driver.js';
import type { DriverConfig } from '../driver/configure-driver.js';
import type { DriverClass } from '../driver/driver-class.js';
import type { DriverName } from '../driver/driver-names.js';
import type { EventClass } from '../event/event.interface.js';
import type { EventService } from '../dispatch/event.service.js';

/** What an application says about its events. */
export interface EventConfigInput {
  /** The driver of every event and listener that names none: its class, or the name it has below. */
  defaultDriver: DriverClass | DriverName;

  /** The drivers, by name. One class may be there several times, with different options. */
  drivers: Readonly<Record<string, DriverConfig>>;

  /**
   * Event classes that are to be found by name though no listener names them.
   *
   * @defaultValue `[]`
   */
  events?: readonly EventClass[];

  /**
   * A subclass of `EventService` to be used, and injected, in its place.
   *
   * @defaultValue `EventService`
   */
  eventService?: Type<EventService>;

  /**
   * How long a shutdown waits for what drivers have accepted in the background, in milliseconds.
   *
   * @defaultValue 10000
   */
  shutdownTimeoutMs?: number;
}

type OptionsOf<TDriver> = TDriver extends BaseDriver<infer TOptions> ? TOptions : never;

/** Options may be left out where none is required. */
type OptionsArgument<TOptions> = {} extends TOptions ? [options?: TOptions] : [options: TOptions];

/** Helps to write a configuration. */
export class EventConfig {
  /** A configuration for `EventsModule`. What is wrong with it is reported when the module starts. */
  static create(config: EventConfigInput): EventConfigInput {
    return Object.freeze({ ...config });
  }

  /**
   * An entry of `drivers`.
   *
   * @example
   * ```ts
   * EventConfig.createConfigDriver(RetryDriver, { maxRetries: 5, backoff: 'exponential' });
   * ```
   */
  static createConfigDriver<TDriver extends BaseDriver<never>>(
    driver: Type<TDriver>,
    ...[options]: OptionsArgument<OptionsOf<TDriver>>
  ): DriverConfig<OptionsOf<TDriver>> {
    return options === undefined ? { driver } : { driver, options };
  }

  /** The name of a driver's class. It finds the driver wherever a name is taken. */
  static getDriverName(driver: DriverClass): string {
    return driver.name;
  }
}

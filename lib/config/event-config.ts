import type { Type } from '@nestjs/common';
import type { BaseDriver } from '../driver/base-driver.js';
import type { DriverConfig } from '../driver/configure-driver.js';
import type { DriverClass } from '../driver/driver-class.js';
import type { DriverName } from '../driver/driver-names.js';
import type { EventClass } from '../event/event.interface.js';
import type { ContextCarrier } from './context-carrier.js';
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

  /**
   * Which queues of durable drivers this process works: all (`true`), none (`false`: it only dispatches), or
   * those named. A name is that of a queue, of a driver, or both as `<driver>.<queue>`.
   *
   * The environment variable `EVENT_DRIVERS_WORKERS` wins over it, so that one build can be deployed in several
   * roles: `true`, `false`, or names with commas between them, such as `mails,reports`. Empty is as if not set.
   *
   * @defaultValue true
   */
  workers?: boolean | readonly string[];

  /**
   * Whether a weakness of a server (a PostgreSQL without `fsync`, for example) keeps the application from
   * starting, rather than being a warning.
   *
   * @defaultValue false
   */
  strict?: boolean;

  /**
   * How many dispatches may be inside one another, each made by a listener of the one before, with nothing awaited in
   * between. One more is refused with a `NestedTooDeepError`: most likely events cause one another for ever. From 1 to
   * 1,000,000.
   *
   * @defaultValue 1000
   */
  maxDepth?: number;

  /**
   * What is carried from a dispatch to deliveries that are stored. W3C trace context is, where
   * `@opentelemetry/api` is installed.
   *
   * @defaultValue `[]`
   */
  context?: readonly ContextCarrier[];
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

import { InvalidOptionsError } from '../errors/index.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { type Clock, SYSTEM_CLOCK } from './clock.js';
import type { DriverCapabilities, IEventDriver } from './driver.interface.js';

/** @internal The application tells a driver the name it is configured under. */
export const SET_NAME = Symbol('nestjs-event-drivers:set-name');

/** @internal A test tells a driver the time. */
export const SET_CLOCK = Symbol('nestjs-event-drivers:set-clock');

/** What a driver promises if it says nothing else: nothing. */
export const DEFAULT_CAPABILITIES: DriverCapabilities = Object.freeze({
  durable: false,
  concurrent: false,
});

/**
 * The base of every driver. In an application the container creates it, with whatever its constructor
 * injects, and then gives it its options; without one, `new` and {@link BaseDriver.setOptions} do.
 *
 * @typeParam TOptions what `EventConfig.createConfigDriver()` takes for it
 *
 * @example
 * ```ts
 * class LoggingDriver extends BaseDriver<{ prefix: string }> {
 *   async dispatch(event: IBaseEvent): Promise<void> {
 *     console.log(this.getOptions()?.prefix, event.getName());
 *     await event.execute();
 *   }
 * }
 * ```
 */
export abstract class BaseDriver<TOptions = unknown> implements IEventDriver {
  #name: string | undefined;
  #options: unknown;
  #clock = SYSTEM_CLOCK;

  /**
   * Says what is wrong with options, a sentence each; called at start-up and by `setOptions()`. A
   * driver that declares none takes any.
   */
  static validateOptions?(options: unknown): readonly string[];

  get capabilities(): DriverCapabilities {
    return DEFAULT_CAPABILITIES;
  }

  abstract dispatch(event: IBaseEvent): Promise<void>;

  /** The name it is configured under; outside an application, the name of the class. */
  getName(): string {
    return this.#name ?? this.constructor.name;
  }

  /** The options it was given, or `undefined` if it was given none. */
  getOptions<T = TOptions>(): T | undefined {
    return this.#options as T | undefined;
  }

  /**
   * Gives the driver its options. Called once, before the first dispatch.
   *
   * @throws {@link InvalidOptionsError} if the class can tell that it could not work with them
   */
  setOptions(options: TOptions): void {
    const problems = (this.constructor as typeof BaseDriver).validateOptions?.(options) ?? [];
    if (problems.length > 0) throw new InvalidOptionsError(`Options of ${this.getName()}`, problems);
    this.#options = options;
  }

  /** The time that it goes by: that of the system, or of a test that moves it. */
  protected getClock(): Clock {
    return this.#clock;
  }

  /** @internal */
  [SET_NAME](name: string): void {
    this.#name = name;
  }

  /** @internal */
  [SET_CLOCK](clock: Clock): void {
    this.#clock = clock;
  }
}

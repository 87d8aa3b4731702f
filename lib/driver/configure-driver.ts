import { inspect } from 'node:util';
import { InvalidEventConfigError } from '../errors/index.js';
import { BaseDriver, SET_NAME } from './base-driver.js';
import { type DriverClass } from './driver-class.js';
import type { IEventDriver } from './driver.interface.js';
import type { RegisteredDriver } from './driver.registry.js';
import { getStores } from './driver-stack.js';
import { type DriverLookup, WrappingDriver } from './wrapping-driver.js';

/** One entry of the configuration: a driver's class, and its options. */
export interface DriverConfig<TOptions = unknown> {
  /** Extends `BaseDriver`. */
  readonly driver: DriverClass;
  /** What the driver's `getOptions()` returns. */
  readonly options?: TOptions;
}

/** What the container holds for a driver. In a test, that may be anything. */
export function assertDriver(name: string, instance: unknown): asserts instance is IEventDriver {
  if (typeof (instance as Partial<IEventDriver> | null | undefined)?.dispatch === 'function') return;
  throw new InvalidEventConfigError([
    `driver '${name}' was replaced by ${inspect(instance, { depth: 0 })}, which has no dispatch(event)`,
  ]);
}

/** Gives a driver its name and its options, before anything else can use it. */
export function configureDriver(name: string, instance: unknown, { options }: DriverConfig): void {
  assertDriver(name, instance);
  if (!(instance instanceof BaseDriver)) return;
  instance[SET_NAME](name);
  if (options !== undefined) instance.setOptions(options);
}

/** Connects a driver to those it wraps. */
export function connectDriver(driver: IEventDriver, lookup: DriverLookup): void {
  if (driver instanceof WrappingDriver) driver.connect(lookup);
}

export function toRegisteredDriver(
  name: string,
  driver: IEventDriver,
  { driver: driverClass, options }: DriverConfig,
): RegisteredDriver {
  return {
    name,
    driverClass,
    options,
    driver,
    isDurable: driver.capabilities?.durable === true,
    mayStore: getStores(driver).length > 0,
    isConcurrent: driver.capabilities?.concurrent === true,
  };
}

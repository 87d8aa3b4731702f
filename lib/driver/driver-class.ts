import type { Type } from '@nestjs/common';
import { BaseDriver } from './base-driver.js';
import { WrappingDriver } from './wrapping-driver.js';

/** A driver's class. */
export type DriverClass<TDriver extends BaseDriver<never> = BaseDriver<never>> = Type<TDriver>;

/** Whether a value is a class that extends {@link BaseDriver}. */
export function isDriverClass(value: unknown): value is typeof BaseDriver & DriverClass {
  return typeof value === 'function' && value.prototype instanceof BaseDriver;
}

/** The names of the drivers that one of this class, with these options, hands its deliveries to. */
export function getWrappedDriverNames(driver: unknown, options: unknown): readonly string[] {
  return isDriverClass(driver) && driver.prototype instanceof WrappingDriver
    ? (driver as unknown as typeof WrappingDriver).getWrappedDriverNames(options)
    : [];
}

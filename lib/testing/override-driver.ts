import type { Type } from '@nestjs/common';
import type { TestingModuleBuilder } from '@nestjs/testing';
import { type DriverName, getDriverToken, type IEventDriver } from '../index.js';

/**
 * Puts another driver in the place of a configured one: a class, which the container creates, or an
 * instance. Works for `forRoot()` and `forRootAsync()` alike.
 *
 * @returns the builder
 *
 * @example
 * ```ts
 * const builder = Test.createTestingModule({ imports: [AppModule] });
 * const module = await overrideDriver(builder, 'mail', MockDriver).compile();
 * ```
 */
export function overrideDriver(
  builder: TestingModuleBuilder,
  name: DriverName,
  driver: Type<IEventDriver> | IEventDriver,
): TestingModuleBuilder {
  const override = builder.overrideProvider(getDriverToken(name));
  return typeof driver === 'function' ? override.useClass(driver) : override.useValue(driver);
}

import type { ModuleMetadata, Type } from '@nestjs/common';
import { MetadataScanner } from '@nestjs/core';
import { TestingModuleBuilder } from '@nestjs/testing';
import type { DriverName, IEventDriver } from '../index.js';
import { overrideDriver } from './override-driver.js';

/** Nest's builder of testing modules, with drivers among the things to override. */
export class EventsTestingModuleBuilder extends TestingModuleBuilder {
  /** Puts another driver in the place of a configured one: a class, or an instance. */
  overrideDriver(name: DriverName, driver: Type<IEventDriver> | IEventDriver): this {
    overrideDriver(this, name, driver);
    return this;
  }
}

/** Makes testing modules for applications with events. */
export class EventsTestingModule {
  /**
   * As Nest's `Test.createTestingModule()`, with `overrideDriver()` on the builder.
   *
   * @example
   * ```ts
   * const module = await EventsTestingModule.createTestingModule({ imports: [AppModule] })
   *   .overrideDriver('mail', MockDriver)
   *   .compile();
   * ```
   */
  static createTestingModule(metadata: ModuleMetadata): EventsTestingModuleBuilder {
    return new EventsTestingModuleBuilder(new MetadataScanner(), metadata);
  }
}

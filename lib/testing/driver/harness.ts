import type { DynamicModule } from '@nestjs/common';
import type { EventConfigInput, IEventDriver } from '../../index.js';
import type { DriverClass } from '../../driver/driver-class.js';
import type { HarnessTransaction } from '../worker-creator/harness.js';

/** What the suite needs to know to put a driver into an application. Only `driver` is required. */
export interface DriverHarness<TOptions = unknown> {
  /** The driver's class. */
  readonly driver: DriverClass;

  /**
   * Makes options for an application that is to know nothing of any other: where the driver stores, a place of its
   * own, such as a new folder. An application that is started again after another is given the same options.
   *
   * @defaultValue no options
   */
  options?(): TOptions | Promise<TOptions>;

  /** Other drivers that its options name. */
  readonly drivers?: EventConfigInput['drivers'];

  /** Modules that export what its constructor injects. */
  readonly imports?: DynamicModule['imports'];

  /** Removes what applications with these options have left behind, once all of them are closed. */
  cleanUp?(options: TOptions): void | Promise<void>;

  /**
   * The same options, except that it wraps the driver of that name. For drivers that extend `WrappingDriver`.
   *
   * @defaultValue `{ ...options, driver: name }`
   */
  wrap?(options: TOptions, name: string): TOptions;

  /**
   * Whether what is stored outlives the application, as it should. `false` for a driver whose store is in memory
   * for the time of the test: the suite then sees to it that nothing does.
   *
   * @defaultValue true
   */
  readonly outlivesApplication?: boolean;

  /**
   * Ends the driver as the death of its process would: it settles, gives back and stores nothing any more. For
   * drivers that store; without it the suite only closes applications in good order.
   */
  crash?(driver: IEventDriver, options: TOptions): void | Promise<void>;

  /**
   * Begins a transaction, as an application would, in which the driver can store. Needed where `transaction` is among
   * the options that it honours.
   */
  beginTransaction?(driver: IEventDriver): HarnessTransaction | Promise<HarnessTransaction>;

  /**
   * How long a test waits for something to happen before it fails, in milliseconds.
   *
   * @defaultValue 10000
   */
  readonly patienceMs?: number;
}

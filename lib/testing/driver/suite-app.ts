import type { Provider } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import type { DriverName } from '../../driver/driver-names.js';
import type { DriverCapabilities } from '../../driver/driver.interface.js';
import { DEFAULT_CAPABILITIES } from '../../driver/base-driver.js';
import {
  type EventClass,
  type EventConfigInput,
  EventQueues,
  EventService,
  EventsModule,
  type FailedDelivery,
  type IEventDriver,
} from '../../index.js';
import type { DriverHarness } from './harness.js';
import { SUITE_EVENTS, SuiteListeners } from './suite-events.js';
import { suiteLogger } from './suite-logger.js';

/** The name that the driver is configured under. Names that an application has registered are not those of the suite. */
export const SUBJECT = 'subject' as DriverName;

/** What an application of the suite may have otherwise than the others. */
export interface AppOptions {
  /** More drivers, and others than the harness names. */
  readonly drivers?: EventConfigInput['drivers'];
  readonly defaultDriver?: DriverName;
  /** Whether what is stored is delivered as well. */
  readonly workers?: boolean;
  readonly shutdownTimeoutMs?: number;
  readonly providers?: readonly Provider[];
  readonly events?: readonly EventClass[];
}

/** A Nest application that has the driver. */
export class SuiteApp {
  private closing: Promise<void> | undefined;

  private constructor(private readonly module: TestingModule) {}

  /** Rejects with what keeps the application from starting. */
  static async start(
    harness: DriverHarness,
    options: unknown,
    {
      drivers,
      workers = true,
      defaultDriver = SUBJECT,
      shutdownTimeoutMs = (harness.patienceMs ?? 10_000) * 2,
      providers = [SuiteListeners],
      events = SUITE_EVENTS,
    }: AppOptions = {},
  ): Promise<SuiteApp> {
    const subject = { driver: harness.driver, ...(options === undefined ? {} : { options }) };
    const module = await Test.createTestingModule({
      imports: [
        EventsModule.forRoot({
          imports: harness.imports ?? [],
          defaultDriver,
          drivers: { ...harness.drivers, [SUBJECT]: subject, ...drivers },
          workers,
          shutdownTimeoutMs,
          events,
        }),
      ],
      providers: [...providers],
    })
      .setLogger(suiteLogger)
      .compile();
    await module.init();
    return new SuiteApp(module);
  }

  get events(): EventService {
    return this.module.get(EventService);
  }

  get driver(): IEventDriver {
    return this.events.getDriver(SUBJECT);
  }

  get capabilities(): DriverCapabilities {
    return this.driver.capabilities ?? DEFAULT_CAPABILITIES;
  }

  /** What the drivers of the application gave up and keep. */
  listFailed(): Promise<readonly FailedDelivery[]> {
    return this.module.get(EventQueues).listFailed({}, 1000);
  }

  close(): Promise<void> {
    return (this.closing ??= this.module.close());
  }
}

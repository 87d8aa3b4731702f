import { Injectable, type Type } from '@nestjs/common';
import type { Topology } from '../../dispatch/event-dispatcher.js';
import type { DriverConfig } from '../../driver/configure-driver.js';
import type { DriverHost, IEventDriver } from '../../driver/driver.interface.js';
import { EventsBootstrap } from '../../module/events.bootstrap.js';
import type { Parts } from '../../module/find-topology-problems.js';
import type { TestRun } from './test-run.js';

/** What is watched of the application. */
const RUN = Symbol('nestjs-event-drivers:run');

/** What is watched of an application, if it is. */
export function getTestRun(bootstrap: EventsBootstrap | undefined): TestRun | undefined {
  return (bootstrap as { readonly [RUN]?: TestRun } | undefined)?.[RUN];
}

/** Puts an application together as a test wants it. */
export function createTestingBootstrap(run: TestRun): Type<EventsBootstrap> {
  @Injectable()
  class TestingEventsBootstrap extends EventsBootstrap {
    readonly [RUN] = run;

    protected override findDriver(name: string, config: DriverConfig): unknown {
      const driver = super.findDriver(name, config);
      run.equip(driver);
      return driver;
    }

    protected override findProblems(parts: Parts): readonly string[] {
      return run.isLenient ? [] : super.findProblems(parts);
    }

    protected override createHost(topology: Topology): DriverHost {
      return run.attach(topology, super.createHost(topology));
    }

    protected override getDrivers(): readonly IEventDriver[] {
      return super.getDrivers().filter((driver) => run.isOpened(driver));
    }

    /** What modules have dispatched before the queues are worked is delivered when they are. */
    override async onApplicationBootstrap(): Promise<void> {
      await super.onApplicationBootstrap();
      if (run.modes.has('inline')) await run.settler.untilDelivered();
    }

    /** What waits for a clock that nobody will move is not waited for. */
    protected override getShutdownTimeoutMs(): number {
      return run.waitsForClock() ? 0 : super.getShutdownTimeoutMs();
    }

    override async onApplicationShutdown(): Promise<void> {
      await super.onApplicationShutdown();
      run.end();
    }
  }
  return TestingEventsBootstrap;
}

import { Injectable, type Type } from '@nestjs/common';
import type { PlanKey } from '../../dispatch/create-plan.js';
import { EventDispatcher, type Topology } from '../../dispatch/event-dispatcher.js';
import type { EventPlan } from '../../dispatch/event-plan.js';
import type { DispatchOptions, DriverName, IBaseEvent } from '../../index.js';
import { isEvent } from '../../event/is-event.js';
import type { DispatchFailures } from './recorded-dispatches.js';
import type { TestRun } from './test-run.js';

type Target = DriverName | DispatchOptions | undefined;

/** A dispatcher that records what it is given, and delivers it in the mode that it is in. */
export function createTestingDispatcher(run: TestRun): Type<EventDispatcher> {
  @Injectable()
  class TestingEventDispatcher extends EventDispatcher {
    /** What is dispatched together is recorded together. */
    private readonly together = new Set<IBaseEvent>();

    constructor() {
      super();
      run.install();
    }

    override dispatch(event: IBaseEvent, target?: Target): Promise<void> {
      const topology = this.findTopology();
      // What comes before the application is there is dispatched once more when it is.
      if (topology === undefined || !isEvent(event) || this.together.has(event)) {
        return super.dispatch(event, target);
      }
      try {
        // What is refused was not dispatched.
        this.prepare(event, target, topology);
      } catch (error) {
        return Promise.reject(error);
      }
      return run.dispatches.dispatch(event, toOptions(target), () =>
        run.isFaked(event) ? Promise.resolve() : super.dispatch(event, target),
      );
    }

    override async dispatchMany(events: readonly IBaseEvent[], target: Target): Promise<DispatchFailures> {
      const topology = this.findTopology();
      if (topology === undefined) return super.dispatchMany(events, target);
      const failures: DispatchFailures = [];
      const others: number[] = [];
      for (const [index, event] of events.entries()) {
        if (!isEvent(event) || !run.isFaked(event)) others.push(index);
        else await this.dispatch(event, target).catch((error: unknown) => failures.push({ index, error }));
      }
      const delivered = others.map((index) => events[index]!);
      if (delivered.length === 0) return failures;
      for (const event of delivered) this.together.add(event);
      try {
        const left = await run.dispatches.dispatchMany(
          delivered,
          toOptions(target),
          () => super.dispatchMany(delivered, target),
          (event) => this.isStored(event, target, topology),
        );
        return [...failures, ...left.map(({ index, error }) => ({ index: others[index]!, error }))];
      } finally {
        for (const event of delivered) this.together.delete(event);
      }
    }

    protected override createPlan(key: PlanKey, topology: Topology): EventPlan {
      return super.createPlan(key, { ...topology, drivers: run.observeFor(key) });
    }

    private isStored(event: IBaseEvent, target: Target, topology: Topology): boolean {
      try {
        return this.prepare(event, target, topology).plan.isStored();
      } catch {
        return true;
      }
    }
  }
  return TestingEventDispatcher;
}

function toOptions(target: Target): Readonly<DispatchOptions> {
  return typeof target === 'string' ? { driver: target } : (target ?? {});
}

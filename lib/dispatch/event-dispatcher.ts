import { Injectable } from '@nestjs/common';
import type { ResolvedEventConfig } from '../config/resolve-event-config.js';
import type { DriverName } from '../driver/driver-names.js';
import type { DriverRegistry } from '../driver/driver.registry.js';
import { InvalidEventError, NestedTooDeepError, NotReadyError } from '../errors/index.js';
import type { EventClass, IBaseEvent } from '../event/event.interface.js';
import { getEventMetadata } from '../event/event-metadata.js';
import type { EventRegistry } from '../event/event.registry.js';
import { isEvent } from '../event/is-event.js';
import { type Listener, type MatchedListener, matchListeners } from '../listener/listener.js';
import { createPlan, type PlanKey } from './create-plan.js';
import type { CallOptions } from '../event/optioned-event.js';
import { type DispatchOptions, type DispatchRequest, readDispatchOptions } from './dispatch-options.js';
import { EarlyDispatches } from './early-dispatches.js';
import type { EventPlan } from './event-plan.js';
import { joinTransaction } from './join-transaction.js';
import { PlanCache } from './plan-cache.js';
import { findRelay, preparePlan } from './prepare-plan.js';
import { StoredBatch } from './stored-batch.js';

/** What an application consists of, as far as events are concerned. */
export interface Topology {
  readonly config: ResolvedEventConfig;
  readonly drivers: DriverRegistry;
  readonly events: EventRegistry;
  readonly listeners: readonly Listener[];
}

/** A plan, and the options of the dispatch that it is for. */
export interface PreparedDispatch {
  readonly plan: EventPlan;
  readonly options: CallOptions | undefined;
}

/** What the stack has room for by far, with drivers around drivers. */
const MAX_ON_STACK = 100;

/** Delivers events once the application is known, and keeps those that come before. */
@Injectable()
export class EventDispatcher {
  private topology: Topology | undefined;
  private readonly early = new EarlyDispatches();
  private readonly plans = new PlanCache();
  private starter: () => void = () => {};
  /** How many dispatches the caller is inside of, one in the listener of another, that are on the stack. */
  private onStack = 0;
  private maxOnStack = MAX_ON_STACK;
  /** How many these are inside of. */
  private before = 0;

  /** @param starter calls {@link EventDispatcher.start} if the application has been created by now */
  setStarter(starter: () => void): void {
    this.starter = starter;
  }

  /** Lets go of what was dispatched while the application was being put together. */
  start(topology: Topology): void {
    this.topology = topology;
    this.countFrom(0, topology.config.maxDepth);
    this.early.release((event, target) => this.dispatch(event, target));
  }

  /** The application did not start; what waits for it is told why. */
  abandon(error: unknown): void {
    this.early.abandon(error);
  }

  getTopology(): Topology {
    const topology = this.findTopology();
    if (topology !== undefined) return topology;
    throw new NotReadyError();
  }

  protected findTopology(): Topology | undefined {
    if (this.topology === undefined) this.starter();
    return this.topology;
  }

  dispatch(event: IBaseEvent, target?: DriverName | DispatchOptions): Promise<void> {
    return this.onStack === this.maxOnStack ? this.goDeeper(event, target) : this.enter(event, target);
  }

  /** Never throws. */
  private enter(event: IBaseEvent, target: DriverName | DispatchOptions | undefined): Promise<void> {
    this.onStack++;
    try {
      const known = target === undefined ? this.plans.findKnown(event) : undefined;
      return known === undefined ? this.runUnknown(event, target) : known.run(event);
    } catch (error) {
      // What is no event may throw when it is looked at, as a Proxy does.
      return Promise.reject(isEvent(event) ? error : new InvalidEventError(event));
    } finally {
      this.onStack--;
    }
  }

  /** What has no plan yet, or one that the dispatch has a say in. */
  private runUnknown(event: IBaseEvent, target: DriverName | DispatchOptions | undefined): Promise<void> {
    if (!isEvent(event)) throw new InvalidEventError(event);
    const topology = this.findTopology();
    if (topology === undefined) return this.early.keep(event, target);
    const { plan, options } = this.prepare(event, target, topology);
    return plan.run(event, options);
  }

  /** The same, with nothing on the stack. */
  private async goDeeper(event: IBaseEvent, target: DriverName | DispatchOptions | undefined): Promise<void> {
    if (!isEvent(event)) throw new InvalidEventError(event);
    const { maxDepth } = this.getTopology().config;
    const depth = this.before + this.onStack;
    if (depth >= maxDepth) throw new NestedTooDeepError(event.getName(), maxDepth);
    await Promise.resolve();
    this.countFrom(depth, maxDepth);
    const dispatched = this.enter(event, target);
    this.countFrom(0, maxDepth);
    await dispatched;
  }

  /** What is dispatched from now on is inside of so many that are not on the stack. */
  private countFrom(before: number, maxDepth: number): void {
    this.before = before;
    this.maxOnStack = Math.min(maxDepth - before, MAX_ON_STACK);
  }

  /**
   * Delivers events; those whose deliveries are all stored are stored together, all or none.
   *
   * @returns what failed, with the index of the event, or of the first event of those that were stored together
   */
  async dispatchMany(
    events: readonly IBaseEvent[],
    target: DriverName | DispatchOptions | undefined,
  ): Promise<{ index: number; error: unknown }[]> {
    const failures: { index: number; error: unknown }[] = [];
    const batch = new StoredBatch();
    let firstStored = 0;
    for (const [index, event] of events.entries()) {
      try {
        const plan = this.planOf(event, target);
        if (plan === undefined) await this.dispatch(event, target);
        else {
          if (batch.isEmpty()) firstStored = index;
          plan.collect(event, batch);
        }
      } catch (error) {
        failures.push({ index, error });
      }
    }
    // What is stored together is refused together: an event that cannot be among them stops the others.
    if (failures.length > 0 && !batch.isEmpty()) return failures;
    for (const { error } of await batch.store()) failures.push({ index: firstStored, error });
    return failures;
  }

  /** The plan of an event whose deliveries are all stored, with the options of the dispatch. */
  private planOf(
    event: IBaseEvent,
    target: DriverName | DispatchOptions | undefined,
  ): Pick<EventPlan, 'collect'> | undefined {
    if (!isEvent(event)) throw new InvalidEventError(event);
    const topology = this.findTopology();
    if (topology === undefined) return undefined;
    const { plan, options } = this.prepare(event, target, topology);
    if (!plan.isStored()) return undefined;
    return { collect: (stored, batch) => plan.collect(stored, batch, options) };
  }

  /**
   * What is to be done for an event.
   *
   * @throws what says why that cannot be done
   */
  protected prepare(
    event: IBaseEvent,
    target: DriverName | DispatchOptions | undefined,
    topology: Topology,
  ): PreparedDispatch {
    const request = readRequest(target, topology);
    const plan = this.plans.get(event, request.driver, (key) => this.createPlan(key, topology));
    return request.options === undefined
      ? { plan, options: undefined }
      : { plan: preparePlan(plan, request, topology), options: request.options };
  }

  protected createPlan(key: PlanKey, topology: Topology): EventPlan {
    return createPlan(key, topology);
  }

  /** The listeners that an event, an event class or the name of one has, in order. */
  getListeners(subject: IBaseEvent | EventClass | string): readonly MatchedListener[] {
    const { listeners, events } = this.getTopology();
    if (typeof subject === 'string') {
      return matchListeners(listeners, events.get(subject) ?? Object, subject);
    }
    if (typeof subject === 'function') {
      return matchListeners(listeners, subject, getEventMetadata(subject).name);
    }
    return matchListeners(listeners, subject.constructor, subject.getName());
  }
}

function readRequest(
  target: DriverName | DispatchOptions | undefined,
  { drivers }: Topology,
): DispatchRequest {
  const request = readDispatchOptions(target);
  return request.afterCommit === false
    ? request
    : joinTransaction(request, (afterCommit) => findRelay(afterCommit, drivers));
}

import { Injectable } from '@nestjs/common';
import type { ResolvedEventConfig } from '../config/resolve-event-config.js';
import type { DriverName } from '../driver/driver-names.js';
import type { DriverRegistry } from '../driver/driver.registry.js';
import { describeThrown, InvalidEventError, NestedTooDeepError, NotReadyError } from '../errors/index.js';
import { BaseEvent } from '../event/base-event.js';
import type { EventClass, IBaseEvent } from '../event/event.interface.js';
import { getEventMetadata } from '../event/event-metadata.js';
import type { EventRegistry } from '../event/event.registry.js';
import { isEvent } from '../event/is-event.js';
import { type Listener, type MatchedListener, matchListeners } from '../listener/listener.js';
import { createPlan, type PlanKey, type WorkOwner } from './create-plan.js';
import type { CallOptions } from '../event/optioned-event.js';
import { type DispatchOptions, type DispatchRequest, readDispatchOptions } from './dispatch-options.js';
import type { EventPlan } from './event-plan.js';
import { joinTransaction } from './join-transaction.js';
import { findRelay, preparePlan } from './prepare-plan.js';
import { StoredBatch } from './stored-batch.js';
import { LineLogger } from '../utils/line-logger.js';

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

interface EarlyDispatch {
  readonly event: IBaseEvent;
  readonly target: DriverName | DispatchOptions | undefined;
  readonly outcome: PromiseWithResolvers<void>;
}

/** What the stack has room for by far, with drivers around drivers. */
const MAX_ON_STACK = 100;

/** An event whose name is made up anew each time must not fill the memory with plans. */
const MAX_PLANS = 10_000;

// oxlint-disable-next-line typescript/unbound-method -- they are compared, and never called
const { execute, getName, getDriverName } = BaseEvent.prototype;

/** Delivers events once the application is known, and keeps those that come before. */
@Injectable()
export class EventDispatcher {
  private readonly logger = new LineLogger('EventsModule');
  private topology: Topology | undefined;
  private early: EarlyDispatch[] = [];
  private starter: () => void = () => {};
  /** How many dispatches the caller is inside of, one in the listener of another, that are on the stack. */
  private onStack = 0;
  private maxOnStack = MAX_ON_STACK;
  /** How many these are inside of. */
  private before = 0;
  /** For the classes whose events are all delivered alike. */
  private readonly plansByClass = new Map<unknown, EventPlan>();
  /** For the others: by whose work they have, then by class and name. */
  private readonly plansByName: Readonly<Record<WorkOwner, Map<EventClass, Map<string, PlanVariants>>>> = {
    nobody: new Map(),
    class: new Map(),
    instance: new Map(),
  };

  /** @param starter calls {@link EventDispatcher.start} if the application has been created by now */
  setStarter(starter: () => void): void {
    this.starter = starter;
  }

  /** Lets go of what was dispatched while the application was being put together. */
  start(topology: Topology): void {
    this.topology = topology;
    this.countFrom(0, topology.config.maxDepth);
    const early = this.early;
    this.early = [];
    for (const { event, target, outcome } of early) outcome.resolve(this.dispatch(event, target));
  }

  /** The application did not start; what waits for it is told why. */
  abandon(error: unknown): void {
    for (const { outcome } of this.early) outcome.reject(error);
    this.early = [];
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
      const known = target === undefined ? this.findKnownPlan(event) : undefined;
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
    if (topology === undefined) return this.keep(event, target);
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

  /** The plan of an event that is delivered as all of its class are: an instance may have methods of its own. */
  private findKnownPlan(event: IBaseEvent): EventPlan | undefined {
    const plan = this.plansByClass.get(event?.constructor);
    const isPlain =
      plan !== undefined &&
      event.execute === event.constructor.prototype.execute &&
      event.getDriverName === getDriverName &&
      event.getName === getName;
    return isPlain ? plan : undefined;
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
    const plan = this.findPlan(event, request.driver, topology);
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

  /** Whoever dispatches in a constructor cannot wait for the outcome, so a failure is logged as well. */
  private keep(event: IBaseEvent, target: DriverName | DispatchOptions | undefined): Promise<void> {
    const name = event.getName();
    const outcome = Promise.withResolvers<void>();
    outcome.promise.catch((error: unknown) =>
      this.logger.error(
        `Event '${name}', dispatched while the application started, failed: ${describeThrown(error)}`,
      ),
    );
    this.early.push({ event, target, outcome });
    return outcome.promise;
  }

  private findPlan(event: IBaseEvent, requested: string | undefined, topology: Topology): EventPlan {
    const eventClass = (typeof event.constructor === 'function' ? event.constructor : Object) as EventClass;
    const name = event.getName();
    if (typeof name !== 'string' || name === '') throw new InvalidEventError(event, { name });
    const ofEvent = event.getDriverName?.();
    const isPlain =
      requested === undefined && event.getName === getName && event.getDriverName === getDriverName;
    const work = getWorkOwner(event, eventClass);
    const create = (): EventPlan => this.createPlan({ eventClass, name, work, requested, ofEvent }, topology);
    if (isPlain && event.execute === eventClass.prototype.execute) {
      return remember(this.plansByClass, eventClass, create);
    }
    const byName = remember(this.plansByName[work], eventClass, () => new Map());
    const variants = remember(byName, name, createVariants);
    return requested === undefined
      ? remember(variants.byOwnDriver, ofEvent, create)
      : remember(variants.byRequestedDriver, requested, create);
  }
}

/** The plans of events of one class and name, by the driver that the dispatch or the event asks for. */
interface PlanVariants {
  readonly byRequestedDriver: Map<string, EventPlan>;
  readonly byOwnDriver: Map<string | undefined, EventPlan>;
}

function createVariants(): PlanVariants {
  return { byRequestedDriver: new Map(), byOwnDriver: new Map() };
}

function remember<K, V>(cache: Map<K, V>, key: K, create: () => V): V {
  let value = cache.get(key);
  if (value === undefined) {
    value = create();
    if (cache.size >= MAX_PLANS) cache.clear();
    cache.set(key, value);
  }
  return value;
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

/** An instance may have work of its own, which its class knows nothing of. */
function getWorkOwner(event: IBaseEvent, eventClass: EventClass): WorkOwner {
  if (event.execute === execute) return 'nobody';
  return event.execute === eventClass.prototype.execute ? 'class' : 'instance';
}

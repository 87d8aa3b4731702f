import type { PlanKey } from '../../dispatch/create-plan.js';
import type { Topology } from '../../dispatch/event-dispatcher.js';
import { SET_CLOCK } from '../../driver/base-driver.js';
import { SYSTEM_CLOCK } from '../../driver/clock.js';
import type { DriverHost } from '../../driver/driver.interface.js';
import { DriverRegistry, type RegisteredDriver } from '../../driver/driver.registry.js';
import { ON_GIVEN_UP } from '../../drivers/resilient.driver.js';
import { describeThrown } from '../../errors/index.js';
import { unwrap } from '../../event/optioned-event.js';
import {
  BaseDriver,
  type Claim,
  type Clock,
  type IBaseEvent,
  type IEventDriver,
  type Outcome,
  QueueDriver,
  ResilientDriver,
  type WorkOptions,
} from '../../index.js';
import { REPLACE_ENGINE } from '../../queue/queue.driver.js';
import { InstantClock } from '../clock/instant-clock.js';
import { TestClock } from '../clock/test-clock.js';
import type { Cause } from '../events/activity.js';
import { HandedOver } from '../events/handed-over.js';
import { createPending, type Pending } from '../events/pending.js';
import { Recorder } from '../events/recorder.js';
import { Settler } from '../events/settler.js';
import { StoredDeliveries } from '../events/stored-deliveries.js';
import { TargetFinder } from '../events/target.js';
import { Faults } from '../faults/faults.js';
import { createEngineInMemory } from './engine-in-memory.js';
import { LazyDrivers } from './lazy-drivers.js';
import { LenientRegistry } from './lenient.registry.js';
import { EventModes, type FakeEventsOptions } from './mode.js';
import { type DriverObserver, ObservedDriver, type Sent } from './observed-driver.js';
import { type EngineObserver, observeEngine, type RunClaim } from './observe-engine.js';
import { ObservedWork } from './observed-work.js';
import { RecordedDispatches } from './recorded-dispatches.js';
import { RoundTrip } from './round-trip.js';

/** What is watched of one application, and what is done to it. */
export class TestRun implements DriverObserver, EngineObserver {
  readonly modes: EventModes;
  readonly clock: Clock;
  readonly recorder = new Recorder();
  readonly stored: StoredDeliveries;
  readonly handedOver: HandedOver;
  readonly faults: Faults;
  readonly settler: Settler;
  readonly dispatches: RecordedDispatches;
  readonly targets: TargetFinder;
  private installed = false;
  private readonly lazy = new LazyDrivers(this.recorder.activity);
  private readonly endings: (() => void)[] = [];
  private registries: ReadonlyMap<boolean, DriverRegistry> | undefined;
  private roundTrip: RoundTrip | undefined;
  private topology: Topology | undefined;

  /** @param isLenient whether drivers that are named and not configured are let pass */
  constructor(
    options: FakeEventsOptions = {},
    readonly isLenient = false,
  ) {
    this.modes = new EventModes(options);
    this.clock = createClock(options.clock, this.modes);
    this.stored = new StoredDeliveries(this.recorder, this.clock);
    this.handedOver = new HandedOver(this.recorder);
    this.targets = new TargetFinder(() => this.topology);
    this.faults = new Faults(this.recorder, this.clock, this.targets);
    this.settler = new Settler(this);
    this.dispatches = new RecordedDispatches(this.recorder, this.modes, this.settler);
  }

  /** Whether an application has been made that is watched. */
  get isInstalled(): boolean {
    return this.installed;
  }

  /** An application is being made that is watched. One module may be made several times. */
  install(): void {
    if (this.installed) this.forget();
    this.installed = true;
  }

  getDrivers(): readonly RegisteredDriver[] {
    return this.topology?.drivers.getAll() ?? [];
  }

  isFaked(event: IBaseEvent): boolean {
    return this.modes.getMode(event) === 'fake';
  }

  /** @param latest the number of the last cause that counts */
  getPending(latest: number): Pending {
    return createPending(this, latest);
  }

  /** Whether nothing will happen unless a test moves the clock. */
  waitsForClock(): boolean {
    const pending = this.getPending(Infinity);
    return !pending.isEmpty() && this.settler.waitsForClock(pending);
  }

  /** Gives a driver the time that it goes by, and what hears of it. */
  equip(driver: unknown): void {
    if (driver instanceof BaseDriver) driver[SET_CLOCK](this.clock);
    if (driver instanceof ResilientDriver) {
      driver[ON_GIVEN_UP] = (delivery, error) => {
        this.recorder.getDelivery(delivery).deadLetter = { reason: describeThrown(error), error };
      };
    }
    if (!(driver instanceof QueueDriver)) return;
    driver[REPLACE_ENGINE]((engine) =>
      observeEngine(this.modes.isInMemory ? createEngineInMemory(engine, this.modes) : engine, this),
    );
  }

  attach(topology: Topology, host: DriverHost): DriverHost {
    this.topology = topology;
    this.registries = new Map(
      [true, false].map((isStored) => [isStored, this.observeAll(topology, isStored)]),
    );
    this.roundTrip = new RoundTrip(topology, host, this.recorder);
    this.watchClock();
    return {
      ...host,
      // Nobody else could work what is in the memory of this process.
      workers: this.modes.isInMemory || host.workers,
      createDelivery: (event, listenerId) => {
        const delivery = host.createDelivery(event, listenerId);
        return listenerId === undefined && delivery !== undefined
          ? new ObservedWork(delivery, this.recorder)
          : delivery;
      },
    };
  }

  /** The drivers as they are given events of a kind: each by way of one that keeps what it is given. */
  observeFor({ eventClass, name }: PlanKey): DriverRegistry {
    // What could not be stored is refused by any driver, since any of them stands for one that stores.
    return this.registries!.get(this.modes.getModeOf(eventClass, name) === 'round-trip')!;
  }

  /** Whether a driver was opened with the application, or since. */
  isOpened(driver: IEventDriver): boolean {
    return !this.modes.has('fake') || this.lazy.isOpened(driver);
  }

  send(driver: IEventDriver, deliveries: readonly IBaseEvent[]): Promise<Sent> | undefined {
    const isRoundTrip = deliveries.some((one) => this.modes.getMode(unwrap(one).event) === 'round-trip');
    if (!this.modes.has('fake') && !isRoundTrip) return undefined;
    return this.prepare(driver, deliveries, isRoundTrip);
  }

  onHandedOver(delivery: IBaseEvent, driver: IEventDriver): void {
    this.handedOver.add(delivery, driver);
  }

  untilConnected(claim: Claim): Promise<void> {
    return this.faults.untilConnected(claim);
  }

  run(claim: Claim, cause: Cause, options: WorkOptions, run: RunClaim): Promise<Outcome> {
    return this.faults.runClaim(claim, cause, options, run);
  }

  /** Inline, a delivery that dispatches waits for what it has dispatched: that must not have to wait for it. */
  adapt(options: WorkOptions): WorkOptions {
    return this.modes.has('inline') ? { ...options, concurrency: Number.MAX_SAFE_INTEGER } : options;
  }

  /** Forgets all that has happened. */
  forget(): void {
    this.recorder.clear();
    this.stored.clear();
    this.handedOver.clear();
    this.faults.clear();
  }

  /** The application has ended. */
  end(): void {
    this.faults.clear();
    for (const end of this.endings.splice(0)) end();
  }

  private async prepare(
    driver: IEventDriver,
    deliveries: readonly IBaseEvent[],
    isRoundTrip: boolean,
  ): Promise<Sent> {
    if (this.modes.has('fake')) await this.lazy.open(driver);
    if (!isRoundTrip) return { deliveries, run: (work) => work() };
    const sent = [];
    for (const delivery of deliveries) sent.push(await this.roundTrip!.send(delivery));
    // They are of one dispatch, and so of one context.
    return { deliveries: sent.map(([arrived]) => arrived), run: sent[0]![1] };
  }

  private observeAll({ drivers, config }: Topology, mayStore: boolean): DriverRegistry {
    const observed = drivers.getAll().map((driver) => ({
      ...driver,
      driver: new ObservedDriver(driver, this),
      mayStore: mayStore || driver.mayStore,
    }));
    return this.isLenient
      ? new LenientRegistry(observed, config.defaultDriver)
      : new DriverRegistry(observed);
  }

  private watchClock(): void {
    const { clock, settler } = this;
    const { activity } = this.recorder;
    if (!(clock instanceof TestClock)) return;
    this.endings.push(
      clock.watch({
        getBusy: () => settler.getBusy(),
        isCaller: () => activity.isCaller(),
        sleep: (waiting) => activity.sleep(waiting),
      }),
    );
  }
}

function createClock(clock: FakeEventsOptions['clock'], modes: EventModes): Clock {
  if (typeof clock === 'object') return clock;
  if (clock === true) return new TestClock();
  return modes.has('inline') ? new InstantClock() : SYSTEM_CLOCK;
}

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { DriverCapabilities, DriverOptionName } from '../../driver/driver.interface.js';
import { rejection } from '../conformance/check.js';
import { type Gate, Gates, waitInTime, waitUntil } from '../conformance/wait-until.js';
import type { DriverHarness } from './harness.js';
import { createPlace, forEachPlace, Place, type SharedApp } from './places.js';
import type { AppOptions, SuiteApp } from './suite-app.js';
import { Done, Heard, Ignored, Queued, Transacted } from './suite-events.js';
import { closeLog, openLog, type Script, type TestEvent, type TestLog } from './test-log.js';

const DEFAULT_PATIENCE_MS = 10_000;

/** How long nothing must happen for a test to believe that nothing will. */
const QUIET_MS = 20;
const STORE_QUIET_MS = 200;

/** What a test has to work with: applications that have the driver, events, and a record of what ran. */
export class DriverBench {
  readonly log: TestLog;
  readonly patienceMs: number;
  private readonly test: string = randomUUID();
  private readonly gates = new Gates();
  private readonly places: Place[] = [];

  constructor(
    readonly harness: DriverHarness,
    private readonly shared: SharedApp,
    /** What the driver says of itself, with the options that it is tried with. */
    readonly capabilities: DriverCapabilities,
  ) {
    this.patienceMs = harness.patienceMs ?? DEFAULT_PATIENCE_MS;
    this.log = openLog(this.test);
  }

  /** Whether `dispatch()` is done when the work is. */
  get isAwaited(): boolean {
    return !this.capabilities.durable && this.capabilities.background !== true;
  }

  get isVolatile(): boolean {
    return this.harness.outlivesApplication === false;
  }

  honours(option: DriverOptionName): boolean {
    return this.capabilities.options?.includes(option) === true;
  }

  /** An application for a test that leaves it as it was. */
  async app(script?: Script): Promise<SuiteApp> {
    if (script !== undefined) this.log.script = script;
    return this.capabilities.durable ? this.shared.get() : this.start();
  }

  /** An application of the test's own. */
  async start(options?: AppOptions, place?: Place): Promise<SuiteApp> {
    return (place ?? (await this.place())).start(options);
  }

  /** An application of the test's own, with these options of the driver, which it leaves nothing behind with. */
  async startWith(options: unknown, appOptions?: AppOptions): Promise<SuiteApp> {
    const place = new Place({ ...this.harness, cleanUp: () => {} }, options);
    this.places.push(place);
    return place.start(appOptions);
  }

  /** Options that no other test has. */
  async place(): Promise<Place> {
    const place = await createPlace(this.harness);
    this.places.push(place);
    return place;
  }

  /** Tries a thing once for all tests that come to the same. */
  once(thing: string, attempt: () => Promise<void>): Promise<void> {
    return this.shared.once(thing, attempt);
  }

  /** What no other test has, and every call of this one does. */
  unique(name: string): string {
    return `${name}-${this.test}`;
  }

  heard(label = 'a', value?: unknown): TestEvent {
    return new Heard({ test: this.test, label, value });
  }

  done(label = 'a', value?: unknown): TestEvent {
    return new Done({ test: this.test, label, value });
  }

  queued(label = 'a', value?: unknown): TestEvent {
    return new Queued({ test: this.test, label, value });
  }

  transacted(): TestEvent {
    return new Transacted({ test: this.test, label: 'a' });
  }

  ignored(): TestEvent {
    return new Ignored({ test: this.test, label: 'a' });
  }

  /** Something to wait at, until it is opened or the test ends. */
  gate(): Gate {
    return this.gates.create();
  }

  until(what: string, condition: () => boolean | Promise<boolean>, patienceMs?: number): Promise<void> {
    return waitUntil(what, condition, patienceMs ?? this.patienceMs, () => {
      const { started } = this.log;
      return `; so far ran: ${started.length === 0 ? 'nothing' : started.join(', ')}`;
    });
  }

  /**
   * Starts an application that must not start.
   *
   * @returns what it fails with
   */
  async refusal(what: string, options: unknown, appOptions?: AppOptions): Promise<unknown> {
    return rejection(what, () => this.startWith(options, appOptions));
  }

  /** Waits until so many runs have ended. */
  async untilEnded(count: number): Promise<void> {
    await this.until(`${count} pieces of work were done`, () => this.log.ended >= count);
  }

  /** Gives the driver the time to do what it should not do: for that there is nothing to wait for. */
  async quiet(): Promise<void> {
    await delay(this.isAwaited ? QUIET_MS : STORE_QUIET_MS);
  }

  /** Waits for something that has to come to an end by itself. */
  inTime<T>(what: string, work: Promise<T>): Promise<T> {
    return waitInTime(what, work, this.patienceMs);
  }

  /** Ends what the test began. */
  async end(): Promise<void> {
    this.gates.openAll();
    try {
      // An application may use the options of several.
      await forEachPlace('the application could not be closed', this.places, (place) => place.close());
      await forEachPlace('cleanUp() of the harness failed', this.places, (place) => place.cleanUp());
    } finally {
      closeLog(this.test);
    }
  }
}

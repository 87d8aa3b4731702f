import type { Claim, Clock, DriverName, Duration, Outcome, WorkOptions } from '../../index.js';
import { InvalidOptionsError } from '../../errors/index.js';
import { parseDuration } from '../../utils/duration.js';
import { InjectedCrashError } from '../errors/injected-crash.error.js';
import { InjectedFaultError } from '../errors/injected-fault.error.js';
import type { DeliveryRecord } from '../events/records.js';
import type { Cause } from '../events/activity.js';
import type { Recorder, Run } from '../events/recorder.js';
import type { DeliveryTarget, TargetFinder } from '../events/target.js';
import type { RunClaim } from '../modes/observe-engine.js';
import { type ConnectionFault, Connections } from './connections.js';
import { type FaultRule, takeAll, takeFirst } from './fault-rule.js';

/** Which runs a fault is for. */
export interface FaultScope {
  /**
   * How many runs it is for.
   *
   * @defaultValue 1
   */
  times?: number;
}

/** A run that fails, and what it fails with. */
export interface FailScope extends FaultScope {
  /** What is thrown in place of running the listener. */
  error?: unknown;
}

/** What becomes of a delivery whose process is gone, once its heartbeat has run out. */
const LOST = {
  name: 'WorkerLostError',
  code: 'EVENTS_WORKER_LOST',
  message: 'the process that ran it was lost (by a fault that the test has injected)',
};

/**
 * Makes things go wrong: listeners that fail or take long, a process that dies between the work and its acknowledgement,
 * a store that cannot be reached.
 */
export class Faults {
  private rules: FaultRule[] = [];
  private readonly crashed = new WeakSet<DeliveryRecord>();
  private readonly connections: Connections;

  constructor(
    private readonly recorder: Recorder,
    private readonly clock: Clock,
    private readonly targets: TargetFinder,
  ) {
    this.connections = new Connections(targets);
    recorder.aroundRun = (run) => this.aroundRun(run);
  }

  /** Lets the next runs fail, of whichever listener, before the listener is called. */
  failNext(times = 1, error?: unknown): void {
    this.add('fail', () => true, { times }, error);
  }

  /**
   * Lets the runs of a listener fail, before it is called: all of them, unless it is said how many.
   *
   * @param target the listener's class or id; or an event class, for the event's own work
   */
  fail(target: DeliveryTarget, { times = Infinity, error }: FailScope = {}): void {
    this.add('fail', this.targets.toPredicate(target), { times }, error);
  }

  /** Lets the runs of a listener take so much longer, by the clock that drivers go by: all, unless it is said how many. */
  delay(target: DeliveryTarget, duration: Duration, { times = Infinity }: FaultScope = {}): void {
    const delayMs = parseDuration(duration);
    if (delayMs === undefined) {
      throw new InvalidOptionsError('delay()', [
        `the duration must be a number of milliseconds or a time such as '30s', not ${String(duration)}`,
      ]);
    }
    assertTimes(times);
    this.rules.push({ kind: 'delay', isMeant: this.targets.toPredicate(target), times, delayMs });
  }

  /**
   * Lets the process die, as far as a delivery can tell, after the listener has done its work and before that is
   * acknowledged. What is stored comes back as after a lost heartbeat, and uses up an attempt; what a listener has written
   * in the transaction of its delivery is undone. What is not stored is lost: its dispatch rejects.
   */
  crashAfter(target: DeliveryTarget, { times = 1 }: FaultScope = {}): void {
    this.add('crash', this.targets.toPredicate(target), { times });
  }

  /**
   * Drops the connection of a driver to its store: what it is given is refused, and what it has stored is not run, until
   * {@link Faults.restoreConnection}.
   *
   * @param fault `'before'`: nothing is stored (the default); `'after'`: it is stored, and the answer is lost
   */
  dropConnection(driver: DriverName, fault: ConnectionFault = 'before'): void {
    this.connections.drop(driver, fault);
  }

  /** The driver reaches its store again. */
  restoreConnection(driver: DriverName): void {
    this.connections.restore(driver);
  }

  /** Nothing goes wrong any more. */
  clear(): void {
    this.rules = [];
    this.connections.restoreAll();
  }

  /** @internal Whether a queue cannot be reached. */
  isCutOff(queue: string): boolean {
    return this.connections.isDropped(queue);
  }

  /** @internal Waits for the connection that a claim comes by. */
  async untilConnected({ queue, signal }: Claim): Promise<void> {
    await this.connections.untilRestored(queue, signal);
  }

  /** @internal Runs a claim of a store, and gives it back as that of a lost process if it is to be one. */
  async runClaim(claim: Claim, cause: Cause, options: WorkOptions, run: RunClaim): Promise<Outcome> {
    const { event, listener } = claim.data;
    const label = `${listener ?? 'execute()'} of ${event}`;
    const outcome = await this.recorder.activity.track(label, () => run(claim), cause);
    const delivery = this.recorder.findStored(claim.data);
    if (delivery === undefined || !this.crashed.delete(delivery)) return outcome;
    return options.runOnce ? { status: 'dead', error: LOST } : { status: 'failed', error: LOST, delayMs: 0 };
  }

  private add(
    kind: 'fail' | 'crash',
    isMeant: (delivery: DeliveryRecord) => boolean,
    { times = 1 }: FaultScope,
    error?: unknown,
  ): void {
    assertTimes(times);
    const toError = (what: string): unknown => error ?? new InjectedFaultError(what);
    this.rules.push({ kind, isMeant, times, toError });
  }

  /** Each fault is used up by a run that it is applied to, and by no other. */
  private async aroundRun({ delivery, signal, work }: Run): Promise<void> {
    const what = delivery.listenerId ?? `execute() of ${delivery.eventName}`;
    for (const { delayMs = 0 } of takeAll(this.rules, 'delay', delivery)) {
      await this.clock.sleep(delayMs, signal);
    }
    signal?.throwIfAborted();
    const failure = takeFirst(this.rules, 'fail', delivery);
    if (failure !== undefined) throw failure.toError?.(what);
    await work();
    if (takeFirst(this.rules, 'crash', delivery) === undefined) return;
    this.crashed.add(delivery);
    throw new InjectedCrashError(what);
  }
}

function assertTimes(times: number): void {
  if (times >= 1) return;
  throw new InvalidOptionsError('Faults', [`times must be a number from 1, not ${String(times)}`]);
}

import { setImmediate, setTimeout } from 'node:timers/promises';
import { NotSettledError } from '../errors/not-settled.error.js';
import { TestClock } from '../clock/test-clock.js';
import type { TestRun } from '../modes/test-run.js';
import { realNow } from '../real-time.js';
import type { Cause } from './activity.js';
import { findDeadLetters, findEndedElsewhere } from './find-ended-elsewhere.js';
import { describePending, type Pending } from './pending.js';
import { getOutcome } from './records.js';
import { getKeptUntil, type StoredEntry } from './stored-deliveries.js';

/** How often to look, in milliseconds, at what does not announce itself. */
const LOOK_MS = 10;

/** After how long, in milliseconds, to ask a store what has become of a delivery. */
const ASK_MS = 100;

/** How many turns of the event loop in a row nothing must be left, or nothing must happen. */
const QUIET_TURNS = 5;

/** How long to wait, in milliseconds, for a turn in a queue that others are being run from. */
const TURN_MS = 1000;

/** Waits until what was dispatched, and what follows from it, is done or given up. */
export class Settler {
  private askedAt = -Infinity;

  constructor(private readonly run: TestRun) {}

  /** @throws {@link NotSettledError} which names what is left */
  async settled(timeoutMs: number): Promise<void> {
    const end = realNow() + timeoutMs;
    const pending = this.run.getPending(this.run.recorder.activity.latest);
    this.askedAt = realNow();
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      await setImmediate();
      if (pending.isEmpty() && (await this.run.stored.areRecorded())) continue;
      quiet = -1;
      if (realNow() > end) throw new NotSettledError(timeoutMs, describePending(pending), false);
      if (await this.staysSo(() => this.waitsForClock(pending))) {
        await this.ask();
        if (!pending.isEmpty() && this.waitsForClock(pending)) {
          throw new NotSettledError(timeoutMs, describePending(pending), true);
        }
      }
      if (realNow() - this.askedAt > ASK_MS) await this.ask();
      await this.change();
    }
    await this.findKept();
  }

  /** Waits until what follows from a dispatch, or from any, is delivered, as far as it can be now. */
  async untilDelivered(cause?: Cause): Promise<void> {
    const { stored } = this.run;
    const isMeant = (entry: StoredEntry): boolean => cause === undefined || entry.cause === cause;
    const start = realNow();
    let { changes } = stored;
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      await setImmediate();
      const entries = stored.getEntries().filter(isMeant);
      if (stored.changes !== changes) quiet = -1;
      ({ changes } = stored);
      const isRunning = entries.some((entry) => entry.isRunning);
      const isWaiting = isRunning
        ? !this.sleepsByClock(cause)
        : this.hasCompany(entries) && realNow() - start < TURN_MS;
      if (!isWaiting) continue;
      quiet = -1;
      await this.change();
    }
    // What is left is in a queue that is paused, or not worked yet, or any more; or the engine has given it up.
    if (stored.getEntries().some(isMeant)) await this.ask();
  }

  /** Whether something else is being run from the queues of deliveries, which they may have to wait for. */
  private hasCompany(entries: readonly StoredEntry[]): boolean {
    return this.run.stored
      .getEntries()
      .some(({ isRunning, queue }) => isRunning && entries.some((entry) => entry.queue === queue));
  }

  private sleepsByClock(cause: Cause | undefined): boolean {
    const { clock, recorder } = this.run;
    const busy = recorder.activity.getBusy();
    return clock instanceof TestClock && !busy.some((task) => cause === undefined || task.cause === cause);
  }

  /** What is under way, or due, and does not wait for the clock. */
  getBusy(): readonly object[] {
    const { recorder, stored } = this.run;
    return [...recorder.activity.getBusy(), ...stored.getEntries().filter((entry) => this.isDue(entry))];
  }

  private isDue(entry: StoredEntry): boolean {
    const { dueAt, isInTransaction, isRunning, queue } = entry;
    const { clock, faults, modes, stored } = this.run;
    // Of what runs, the run itself tells whether it waits.
    if (isRunning || isInTransaction || faults.isCutOff(queue) || !stored.isWorked(queue)) return false;
    return Math.max(dueAt, getKeptUntil(entry)) <= clock.now() || modes.has('inline');
  }

  /** Whether nothing will happen unless a test moves the clock. */
  waitsForClock(pending: Pending): boolean {
    const { clock, recorder } = this.run;
    if (!(clock instanceof TestClock) || this.getBusy().length > 0) return false;
    return (
      pending.handedOver().length === 0 &&
      (pending.background().length === 0 || recorder.activity.sleeping > 0)
    );
  }

  private async staysSo(holds: () => boolean): Promise<boolean> {
    for (let turn = 0; turn < QUIET_TURNS; turn++) {
      if (!holds()) return false;
      await setImmediate();
    }
    return holds();
  }

  /** Asks the stores for what has happened without being seen here. */
  private async ask(): Promise<void> {
    const { stored, recorder, handedOver } = this.run;
    this.askedAt = realNow();
    await findEndedElsewhere(stored, recorder, this.run.getDrivers());
    await handedOver.findEnded();
  }

  /** Waits for something to happen, but not for long: not all is announced. */
  private async change(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = this.run.recorder.activity.onChange(resolve);
    const looking = new AbortController();
    const look = setTimeout(LOOK_MS, undefined, { signal: looking.signal }).catch(() => {});
    await Promise.race([promise, look]);
    looking.abort();
    end();
  }

  /** Finds out which of what has failed drivers of the application's own have kept. */
  private async findKept(): Promise<void> {
    const { recorder } = this.run;
    const failed = recorder.deliveries.filter((delivery) => getOutcome(delivery) === 'failed');
    if (failed.length > 0) await findDeadLetters(failed, recorder, this.run.getDrivers());
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { growingPause } from '../../utils/growing-pause.js';
import { toTimer } from '../../utils/to-timer.js';
import type { Claim, Outcome, QueueWorker, WorkOptions } from '../worker-creator.js';
import type { ClaimedJob, Settler } from './claimed-job.js';
import { Heartbeat } from './heartbeat.js';
import { type HeldJob, HeldJobs, jobsOf } from './held-jobs.js';
import { isFragile, isSuspect } from './last-attempt.js';
import { OutcomeRecorder } from './outcome-recorder.js';
import { runClaim } from './run-claim.js';
import type { Slots } from './slots.js';
import { MAX_KEPT_MS, TakeAhead } from './take-ahead.js';
import { WorkSignal } from './work-signal.js';

/** What a consumer works with. */
export interface ConsumerParts<TJob extends ClaimedJob> {
  /** Takes jobs from the queue, so many at most. */
  readonly fetch: (batchSize: number) => Promise<TJob[]>;
  readonly settler: Settler<TJob>;
  /** A job as whoever runs it sees it. The signal is aborted when it is no longer this process's to run. */
  readonly toClaim: (job: TJob, signal: AbortSignal) => Claim;
  /** Whether a job may keep back others until it is done. */
  readonly mayFreeOthers: boolean;
  readonly options: WorkOptions;
  readonly slots: Slots;
  /** How long after its last sign of life a job is another's, in milliseconds. */
  readonly heartbeatMs: number;
  readonly isPaused: () => boolean;
  readonly run: (claim: Claim) => Promise<Outcome>;
  readonly onError: (error: unknown) => void;
}

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2000;

/** After how long to look again for a job that must not be run beside another one. */
const SUSPECT_PAUSE_MS = 100;

const CUT_SHORT = {
  name: 'DeliveryAbortedError',
  code: 'EVENTS_DELIVERY_ABORTED',
  message: 'the application was shut down while it ran, and it is to run once only',
};

/**
 * Works one queue of a store. Jobs are fetched many at a time and run and settled each on its own, so that one
 * that takes long holds nobody up but itself.
 */
export class Consumer<TJob extends ClaimedJob> implements QueueWorker {
  private readonly held = new HeldJobs<TJob>();
  private readonly signal = new WorkSignal();
  private readonly recorder: OutcomeRecorder<TJob>;
  private readonly idle = Promise.withResolvers<void>();
  private readonly halted = Promise.withResolvers<void>();
  private isStopping = false;
  private isReleased = false;
  private isWaitingForRoom = false;
  private readonly takeAhead: TakeAhead;
  private readonly heartbeat: Heartbeat<TJob>;
  private readonly loop: Promise<void>;

  constructor(private readonly parts: ConsumerParts<TJob>) {
    this.takeAhead = new TakeAhead(parts.slots, parts.options);
    this.recorder = new OutcomeRecorder(parts.settler, this.held, parts.onError);
    parts.slots.onRelease(() => {
      this.pump();
      if (this.isWaitingForRoom && this.getWanted() > 0) this.wake();
    });
    this.heartbeat = new Heartbeat(this.held, parts.settler, parts.heartbeatMs, parts.onError);
    this.loop = this.run().finally(() => this.signal.end());
  }

  /** Looks for work now. */
  wake(): void {
    this.signal.raise();
  }

  /** Looks for work now. Resolves once it has taken what is due, as far as there is room for it. */
  look(): Promise<void> {
    return this.signal.untilWaiting();
  }

  /** Looks for work when a job becomes due that nobody will announce. What is far off is found by polling. */
  wakeIn(milliseconds: number): void {
    if (milliseconds <= 0) this.wake();
    else if (milliseconds <= 2 * this.parts.options.pollIntervalMs && !this.isStopping) {
      setTimeout(() => this.wake(), toTimer(milliseconds + 1)).unref();
    }
  }

  async stop(): Promise<void> {
    if (!this.isStopping) {
      this.halt();
      await this.loop;
      await this.giveUp(this.held.takeReady(), (jobs) => this.parts.settler.giveBack(jobs));
      this.checkIdle();
    }
    await this.idle.promise;
    this.heartbeat.stop();
  }

  async release(): Promise<void> {
    this.isReleased = true;
    this.recorder.hurry();
    this.halt();
    this.heartbeat.stop();
    // What has come to its end is recorded as such.
    const held = this.abort(({ isSettling }) => !isSettling);
    const { settler, options, onError } = this.parts;
    const started = options.runOnce ? held.filter(({ isRunning }) => isRunning) : [];
    const others = held.filter((one) => !started.includes(one));
    // failpoint: midRelease
    await Promise.all([
      settler.giveBack(jobsOf(others)).catch(onError),
      ...started.map(({ job }) => settler.kill(job, CUT_SHORT).catch(onError)),
      this.loop,
    ]);
    await this.idle.promise;
  }

  /** Ends it where nothing can be recorded any more: what it has in hand is left as it is. */
  abandon(): void {
    this.isReleased = true;
    this.recorder.hurry();
    this.halt();
    this.heartbeat.stop();
    this.abort(() => true);
  }

  private halt(): void {
    this.isStopping = true;
    this.halted.resolve();
    this.wake();
  }

  private abort(isMeant: (held: HeldJob<TJob>) => boolean): HeldJob<TJob>[] {
    const aborted = this.held.abort(isMeant);
    this.checkIdle();
    return aborted;
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.isStopping) {
      await this.giveBackUnneeded();
      this.pump();
      const wanted = this.getWanted();
      if (wanted === 0 || this.parts.isPaused()) {
        this.isWaitingForRoom = wanted === 0;
        await this.signal.wait(this.parts.options.pollIntervalMs);
        this.isWaitingForRoom = false;
        continue;
      }
      try {
        const count = await this.fetch(wanted);
        failures = 0;
        if (count < wanted && !this.isStopping) await this.signal.wait(this.parts.options.pollIntervalMs);
      } catch (error) {
        this.parts.onError(error);
        if (this.isStopping) return;
        const pause = growingPause(failures++, FIRST_PAUSE_MS, MAX_PAUSE_MS);
        await Promise.race([delay(pause, undefined, { ref: false }), this.halted.promise]);
      }
    }
  }

  private getWanted(): number {
    return this.takeAhead.getWanted(this.held);
  }

  private async fetch(batchSize: number): Promise<number> {
    const jobs = await this.parts.fetch(batchSize);
    // failpoint: afterClaim
    if (this.isReleased) {
      await this.parts.settler.giveBack(jobs);
      return 0;
    }
    this.held.add(jobs);
    await this.runAlone(this.held.takeReady(({ job }) => isSuspect(job)));
    this.pump();
    if (jobs.length > 0) this.takeAhead.setCautious(jobs.some(isFragile));
    const fragile = this.held.takeReady(({ job }) => isFragile(job));
    await this.giveUp(fragile, (given) => this.parts.settler.giveBack(given));
    return jobs.length;
  }

  /** Keeps one of those that may kill the process, unless there is one; the others come back in a moment. */
  private async runAlone(suspects: readonly HeldJob<TJob>[]): Promise<void> {
    const isBusy = this.held.filter((held) => held.isRunning && isSuspect(held.job)).length > 0;
    const [next, ...others] = suspects;
    if (next === undefined) return;
    if (isBusy) others.push(next);
    else this.held.putFirst(next);
    await this.giveUp(others, (given) => this.parts.settler.postpone(given, SUSPECT_PAUSE_MS));
    if (others.length > 0) this.wakeIn(SUSPECT_PAUSE_MS);
  }

  /** What had no turn for long is another's to run, before it is taken for lost; and nobody's while it is paused. */
  private async giveBackUnneeded(): Promise<void> {
    const isPaused = this.parts.isPaused();
    const latest = performance.now() - MAX_KEPT_MS;
    const given = this.held.takeReady(({ since }) => isPaused || since < latest);
    if (given.length === 0) return;
    if (!isPaused) this.takeAhead.noteStandstill();
    await this.giveUp(given, (jobs) => this.parts.settler.giveBack(jobs));
  }

  /** Lets go of jobs that have not been run. */
  private async giveUp(
    given: readonly HeldJob<TJob>[],
    action: (jobs: readonly TJob[]) => Promise<void>,
  ): Promise<void> {
    const jobs = jobsOf(given);
    if (jobs.length === 0) return;
    for (const held of given) this.held.settle(held);
    await this.recorder.persist(() => action(jobs), jobs);
    for (const job of jobs) this.held.delete(job);
    this.checkIdle();
  }

  private pump(): void {
    if (this.isStopping || this.parts.isPaused()) return;
    const mostInFlight = this.takeAhead.getMostInFlight();
    while (this.held.readyCount > 0 && this.parts.slots.take(mostInFlight)) {
      void this.process(this.held.next()!);
    }
  }

  private async process(held: HeldJob<TJob>): Promise<void> {
    const { slots, toClaim, run, onError, mayFreeOthers } = this.parts;
    const { job } = held;
    held.isRunning = true;
    const started = performance.now();
    const outcome = await runClaim(run, toClaim(job, held.controller.signal), onError);
    this.takeAhead.note(performance.now() - started);
    // failpoint: afterHandlerBeforeComplete
    const recorded = this.recorder.record(held, outcome);
    slots.release();
    await recorded;
    this.held.delete(job);
    slots.settle();
    this.checkIdle();
    if ('delayMs' in outcome) this.wakeIn(outcome.delayMs);
    if (mayFreeOthers || (this.isWaitingForRoom && this.getWanted() > 0)) this.wake();
  }

  private checkIdle(): void {
    if (this.isStopping && this.held.size === 0) this.idle.resolve();
  }
}

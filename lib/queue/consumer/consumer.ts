import { setTimeout as delay } from 'node:timers/promises';
import { growingPause } from '../../utils/growing-pause.js';
import { toTimer } from '../../utils/to-timer.js';
import { CUT_SHORT } from '../payload/stored-error.js';
import type { QueueWorker } from '../worker-creator.js';
import { Backlog } from './backlog.js';
import type { ClaimedJob } from './claimed-job.js';
import type { ConsumerParts } from './consumer-parts.js';
import { Handover } from './handover.js';
import { Heartbeat } from './heartbeat.js';
import { type HeldJob, HeldJobs, jobsOf } from './held-jobs.js';
import { keepOneSuspect, SUSPECT_PAUSE_MS } from './keep-one-suspect.js';
import { isFragile } from './last-attempt.js';
import { OutcomeRecorder } from './outcome-recorder.js';
import { Returns } from './returns.js';
import { runClaim } from './run-claim.js';
import { MAX_KEPT_MS, TakeAhead } from './take-ahead.js';
import { WorkSignal } from './work-signal.js';

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2000;

/**
 * Works one queue of a store. Jobs are fetched many at a time and run and settled each on its own, so that one
 * that takes long holds nobody up but itself.
 */
export class Consumer<TJob extends ClaimedJob> implements QueueWorker {
  /** Where what this process stores itself is handed over. */
  readonly handover: Handover<TJob>;
  private readonly held = new HeldJobs<TJob>();
  private readonly signal = new WorkSignal();
  private readonly recorder: OutcomeRecorder<TJob>;
  private readonly returns: Returns<TJob>;
  private readonly idle = Promise.withResolvers<void>();
  private readonly halted = Promise.withResolvers<void>();
  private isStopping = false;
  private isReleased = false;
  private isWaitingForRoom = false;
  private readonly backlog = new Backlog();
  private readonly takeAhead: TakeAhead;
  private readonly heartbeat: Heartbeat<TJob>;
  private readonly loop: Promise<void>;

  constructor(private readonly parts: ConsumerParts<TJob>) {
    this.takeAhead = new TakeAhead(parts.slots, parts.options);
    const checkIdle = (): void => this.checkIdle();
    this.recorder = new OutcomeRecorder(parts.settler, this.held, parts.onError);
    this.returns = new Returns(this.held, parts.settler, this.recorder, checkIdle);
    this.handover = new Handover<TJob>({
      backlog: this.backlog,
      getRoom: () => this.getRoomForMore(),
      take: (jobs) => this.take(jobs),
      onRelease: checkIdle,
    });
    parts.slots.onRelease(() => {
      this.pump();
      if (this.isWaitingForRoom && this.getWanted() > 0) this.signal.raise();
    });
    this.heartbeat = new Heartbeat(this.held, parts.settler, parts.heartbeatMs, parts.onError);
    this.loop = this.run().finally(() => this.signal.end());
  }

  /** Looks for work now. */
  wake(): void {
    this.backlog.announce();
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
      await this.returns.giveBack(this.held.takeReady());
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
    this.backlog.end();
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
        this.backlog.skip();
        await this.rest();
        this.isWaitingForRoom = false;
        continue;
      }
      try {
        const count = await this.fetch(wanted);
        failures = 0;
        if (count < wanted && !this.isStopping) await this.rest();
      } catch (error) {
        this.backlog.note(true);
        this.parts.onError(error);
        if (this.isStopping) return;
        const pause = growingPause(failures++, FIRST_PAUSE_MS, MAX_PAUSE_MS);
        await Promise.race([delay(pause, undefined, { ref: false }), this.halted.promise]);
      }
    }
  }

  private async rest(): Promise<void> {
    const isWoken = await this.signal.wait(this.parts.options.pollIntervalMs);
    // What has become due is announced by nobody.
    if (!isWoken) this.backlog.announce();
  }

  private getWanted(): number {
    return Math.max(this.takeAhead.getWanted(this.held) - this.handover.size, 0);
  }

  /** What others have stored is not to wait for room because of what is handed over. */
  private getRoomForMore(): number {
    const { mayHandOver, isPaused, slots } = this.parts;
    if (!mayHandOver || this.isStopping || isPaused()) return 0;
    // One at a time means one after another; of many at a time, nobody knows which begins first.
    const isBusy = slots.size > 1 && this.held.size >= slots.size;
    const isNext = isBusy ? this.backlog.isShort : this.backlog.isEmpty;
    return isNext ? this.takeAhead.getRoomForMore(this.held) : 0;
  }

  private async fetch(batchSize: number): Promise<number> {
    this.backlog.look();
    const jobs = await this.parts.fetch(batchSize);
    this.backlog.note(jobs.length >= batchSize);
    if (jobs.length > 0) this.takeAhead.setCautious(jobs.some(isFragile));
    await this.take(jobs);
    return jobs.length;
  }

  /** Has jobs run that are this process's now. */
  private async take(jobs: readonly TJob[]): Promise<void> {
    // failpoint: afterClaim
    this.held.add(jobs);
    if (this.isReleased) return this.returns.giveBack(this.held.takeReady());
    if (await keepOneSuspect(this.held, this.returns)) this.wakeIn(SUSPECT_PAUSE_MS);
    this.pump();
    await this.returns.giveBack(this.held.takeReady(({ job }) => this.isStopping || isFragile(job)));
  }

  /** Whether these were stored as this process's is not known: then others shall have them. */
  async disown(jobs: readonly TJob[]): Promise<void> {
    this.held.add(jobs);
    const ids = new Set(jobs.map(({ id }) => id));
    await this.returns.giveBack(this.held.takeReady(({ job }) => ids.has(job.id)));
  }

  /** What had no turn for long is another's to run, before it is taken for lost; and nobody's while it is paused. */
  private async giveBackUnneeded(): Promise<void> {
    const isPaused = this.parts.isPaused();
    const latest = performance.now() - MAX_KEPT_MS;
    const given = this.held.takeReady(({ since }) => isPaused || since < latest);
    if (given.length > 0 && !isPaused) this.takeAhead.noteStandstill();
    await this.returns.giveBack(given);
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
    this.held.delete(held);
    slots.settle();
    this.checkIdle();
    if ('delayMs' in outcome) this.wakeIn(outcome.delayMs);
    if (mayFreeOthers) this.wake();
    else if (this.isWaitingForRoom && this.getWanted() > 0) this.signal.raise();
  }

  private checkIdle(): void {
    if (this.isStopping && this.held.size + this.handover.size === 0) this.idle.resolve();
  }
}

import type { StoredData, WorkOptions } from 'nestjs-event-drivers';
import type { ClaimedJob } from '../../lib/queue/consumer/claimed-job.js';
import { Completions } from '../../lib/queue/consumer/completions.js';
import { Consumer } from '../../lib/queue/consumer/consumer.js';
import { Slots } from '../../lib/queue/consumer/slots.js';
import { until } from '../support/until.js';

const JOBS = 2000;

const ends: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(ends.splice(0).map((end) => end())));

const nothing = () => Promise.resolve();

/** A queue of a store that records nothing before it is told to. */
function work(options: Partial<WorkOptions>, run: () => Promise<void>) {
  const gate = Promise.withResolvers<void>();
  const waiting = Array.from({ length: JOBS }, (_, index) => createJob(`job${index}`));
  const counts = { begun: 0, recorded: 0 };
  const workOptions = {
    concurrency: 10,
    groupConcurrency: undefined,
    rateLimit: undefined,
    pollIntervalMs: 5,
    runOnce: false,
    ...options,
  };
  const consumer = new Consumer({
    fetch: (count) => Promise.resolve(waiting.splice(0, count)),
    settler: {
      complete: async (jobs) => {
        await gate.promise;
        counts.recorded += jobs.length;
      },
      fail: nothing,
      kill: nothing,
      postpone: nothing,
      giveBack: nothing,
      touch: (jobs) => Promise.resolve(new Set(jobs.map(({ id }) => id))),
    },
    toClaim: (job, signal) => ({ ...job, queue: 'queue', data: {} as StoredData, signal, timeoutMs: 1000 }),
    mayHandOver: false,
    mayFreeOthers: false,
    options: workOptions,
    slots: new Slots(workOptions.concurrency),
    heartbeatMs: 10_000,
    isPaused: () => false,
    run: async () => {
      counts.begun++;
      await run();
      return { status: 'completed' };
    },
    onError: (error) => {
      throw error;
    },
  });
  ends.push(() => {
    gate.resolve();
    return consumer.release();
  });
  return { counts, record: gate.resolve };
}

function createJob(id: string): ClaimedJob {
  return { id, attempt: 1, maxAttempts: 2, priority: 0, wasLost: false };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 150));

describe('A process that dies repeats what it had in flight, so that', () => {
  it('what is being recorded has the place of one that runs', async () => {
    const { counts, record } = work({}, () => new Promise((resolve) => setTimeout(resolve, 8)));
    await until('as many run as may', () => counts.begun >= 10);
    await settle();
    expect(counts).toEqual({ begun: 10, recorded: 0 });
    record();
    await until('others run', () => counts.recorded > 30);
  });

  it('where one runs at a time, it is recorded before the next one begins', async () => {
    const { counts, record } = work({ concurrency: 1 }, () => Promise.resolve());
    await settle();
    expect(counts).toEqual({ begun: 1, recorded: 0 });
    record();
    await until('others run', () => counts.recorded > 30);
  });

  it('where they are short, those of a few milliseconds are in flight, and no more', async () => {
    const { counts, record } = work({}, () => Promise.resolve());
    await settle();
    expect(counts.begun).toBeGreaterThan(10);
    expect(counts.begun).toBeLessThanOrEqual(1000);
    record();
    await until('all are done', () => counts.recorded === JOBS);
  });
});

it('A delivery that is done is free of its place once its own record is there, not those of all that came after', async () => {
  const gates: PromiseWithResolvers<void>[] = [];
  const completions = new Completions<ClaimedJob>(() => {
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    return gate.promise;
  });
  const done: string[] = [];
  const add = (id: string) => void completions.add(createJob(id)).then(() => done.push(id));
  add('a');
  await until('it is being recorded', () => gates.length === 1);
  add('b');
  gates[0]!.resolve();
  await until('the next one is', () => gates.length === 2);
  expect(done).toEqual(['a']);
  gates[1]!.resolve();
  await until('both are recorded', () => done.length === 2);
});

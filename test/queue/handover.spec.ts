import { setTimeout as delay } from 'node:timers/promises';
import type { StoredData } from 'nestjs-event-drivers';
import type { ClaimedJob } from '../../lib/queue/consumer/claimed-job.js';
import { Consumer } from '../../lib/queue/consumer/consumer.js';
import { Slots } from '../../lib/queue/consumer/slots.js';
import { until } from '../support/until.js';

const ends: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(ends.splice(0).map((end) => end())));

const nothing = () => Promise.resolve();

function createJob(id: string): ClaimedJob {
  return { id, attempt: 1, maxAttempts: 2, priority: 0, wasLost: false };
}

/** A consumer of a store in which others store as well. */
function work(concurrency: number, run: (id: string) => Promise<void>) {
  const stored: ClaimedJob[] = [];
  const givenBack: string[] = [];
  /** What the store waits for, before it gives what it has, and before it records anything. */
  const gates = { fetch: Promise.resolve(), complete: Promise.resolve() };
  const consumer = new Consumer({
    fetch: async (count) => {
      const found = stored.splice(0, count);
      await gates.fetch;
      return found;
    },
    settler: {
      complete: () => gates.complete,
      fail: nothing,
      kill: nothing,
      postpone: nothing,
      giveBack: async (jobs) => void givenBack.push(...jobs.map(({ id }) => id)),
      touch: (jobs) => Promise.resolve(new Set(jobs.map(({ id }) => id))),
    },
    toClaim: (job, signal) => ({ ...job, queue: 'queue', data: {} as StoredData, signal, timeoutMs: 1000 }),
    mayHandOver: true,
    mayFreeOthers: false,
    options: {
      concurrency,
      groupConcurrency: undefined,
      rateLimit: undefined,
      pollIntervalMs: 50,
      runOnce: false,
    },
    slots: new Slots(concurrency),
    heartbeatMs: 10_000,
    isPaused: () => false,
    run: async ({ id }) => {
      await run(id);
      return { status: 'completed' };
    },
    onError: (error) => {
      throw error;
    },
  });
  ends.push(() => consumer.release());
  const handOver = (...ids: string[]): boolean => {
    const isReserved = consumer.handover.reserve(ids.length);
    if (isReserved) consumer.handover.accept(ids.map(createJob));
    return isReserved;
  };
  return { consumer, stored, gates, givenBack, handOver };
}

describe('What is handed over', () => {
  it.each([1, 2])('does not keep others from their turn, %i at a time', async (concurrency) => {
    const ran: string[] = [];
    const { consumer, stored, handOver } = work(concurrency, async (id) => {
      ran.push(id);
      await delay(5);
    });
    let no = 0;
    const timer = setInterval(() => handOver(`own${no++}`), 1);
    await until('it is busy with its own', () => ran.length > 20);
    stored.push(createJob('other'));
    consumer.wake();
    const before = ran.length;
    await until('the other one has had its turn', () => ran.includes('other'));
    expect(ran.indexOf('other') - before).toBeLessThan(60);
    await until('it is busy with its own again', () => ran.length > ran.indexOf('other') + 20);
    clearInterval(timer);
  });

  it('runs after what was announced before, which is still being looked for', async () => {
    const ran: string[] = [];
    const { consumer, stored, gates, handOver } = work(2, async (id) => void ran.push(id));
    const recorded = Promise.withResolvers<void>();
    gates.complete = recorded.promise;
    await until('it has looked', () => handOver('first'));
    await until('as many are in hand as run at a time', () => handOver('second'));
    await until('they have run', () => ran.length === 2);
    const found = Promise.withResolvers<void>();
    gates.fetch = found.promise;
    stored.push(createJob('other'));
    consumer.wake();
    await until('it is looked for', () => stored.length === 0);
    expect(handOver('own')).toBe(true);
    await delay(20);
    expect(ran).toEqual(['first', 'second']);
    found.resolve();
    await until('all have run', () => ran.length === 4);
    expect(ran).toEqual(['first', 'second', 'other', 'own']);
    recorded.resolve();
  });

  it('has no room while something is left in the store, nor before it was looked into', async () => {
    const { consumer, stored, handOver } = work(2, () => new Promise(() => {}));
    expect(handOver('early')).toBe(false);
    stored.push(...Array.from({ length: 5 }, (_, index) => createJob(`stored${index}`)));
    await until('it has taken what it has room for', () => stored.length === 3);
    expect(handOver('late')).toBe(false);
    await consumer.release();
  });

  it('has no more room than for what begins soon, what is being stored included', async () => {
    const { handOver, consumer } = work(2, () => new Promise(() => {}));
    await until('it has looked', () => consumer.handover.reserve(1));
    expect(handOver('a', 'b')).toBe(false);
    expect(handOver('a')).toBe(true);
    expect(handOver('b')).toBe(false);
    consumer.handover.cancel(1);
    expect(handOver('b')).toBe(true);
    await consumer.release();
  });

  it('is given back where the consumer has stopped meanwhile, which waits for that', async () => {
    const ran: string[] = [];
    const { consumer, handOver, givenBack } = work(2, async (id) => void ran.push(id));
    await until('it has looked', () => handOver('first'));
    await until('it has run', () => ran.length === 1);
    expect(consumer.handover.reserve(1)).toBe(true);
    let hasStopped = false;
    const stopped = consumer.stop().then(() => (hasStopped = true));
    await delay(20);
    expect(hasStopped).toBe(false);
    consumer.handover.accept([createJob('second')]);
    await stopped;
    expect({ ran, givenBack }).toEqual({ ran: ['first'], givenBack: ['second'] });
  });
});

import { Injectable } from '@nestjs/common';
import {
  BaseEvent,
  Event,
  EventQueues,
  EventService,
  OnEvent,
  QueueDriver,
  type WorkerCreatorSource,
} from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { closeApps, startApp, syncConfig } from '../support/app.js';
import { captureLogs } from '../support/drivers.js';
import { describeServers } from '../support/stores.js';
import { until } from '../support/until.js';

function refuse(): never {
  throw new Error('from the trap');
}

const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;

class BadError extends Error {
  override get message(): string {
    return refuse();
  }
}

const TRAPS: ProxyHandler<object> = { get: refuse, has: refuse, ownKeys: refuse, getPrototypeOf: refuse };

/** What a listener may do that nobody expects. */
const THROWN: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  text: () => 'text',
  'a number': () => 7,
  'a bigint': () => 10n,
  'a symbol': () => Symbol('symbol'),
  'a function': () => refuse,
  'an empty object': () => ({}),
  'an object without a prototype': () => Object.create(null) as object,
  'a cycle': () => cyclic,
  'an error with a NUL': () => new Error('a\0b'),
  'an error with half a character': () => new Error('a\ud800b'),
  'an error of five megabytes': () => new Error('x'.repeat(5_000_000)),
  'an error whose message throws': () => new BadError(),
  'an error with a bigint and a cycle': () => Object.assign(new Error('with more'), { id: 1n, cyclic }),
  'an error whose code is an object': () => Object.assign(new Error('with a code'), { code: { a: 1n } }),
  'a Proxy': () => new Proxy({}, TRAPS),
  'a Proxy of an error': () => new Proxy(new Error('behind a trap'), TRAPS),
};

const RETURNED: Readonly<Record<string, () => unknown>> = {
  'a cycle': () => cyclic,
  'a bigint': () => 10n,
  'a NUL': () => 'a\0b',
  'a Proxy': () => new Proxy({}, { ...TRAPS, get: (_, key) => (key === 'then' ? undefined : refuse()) }),
  'a symbol': () => Symbol('symbol'),
};

@Event({ name: 'odd' })
class Odd extends BaseEvent<{ kind: string; how: 'throw' | 'throw at once' | 'return' | 'hang' }> {}

@Injectable()
class OddListener {
  readonly signals: AbortSignal[] = [];
  readonly settle: (() => void)[] = [];

  @OnEvent(Odd, { id: 'odd' })
  hear(event: Odd, signal?: AbortSignal): unknown {
    const { kind, how } = event.getPayload();
    if (how === 'throw at once') throw THROWN[kind]!();
    if (how === 'return') return RETURNED[kind]!();
    if (how === 'throw') return Promise.reject(THROWN[kind]!());
    this.signals.push(signal!);
    return new Promise((resolve, reject) => {
      this.settle.push(kind === 'resolves' ? () => resolve(undefined) : () => reject(new Error('too late')));
    });
  }
}

async function start(workerCreator: WorkerCreatorSource, options: object = {}) {
  const queue = { driver: QueueDriver, options: { workerCreator, retries: 0, ...options } };
  const app = await startApp(syncConfig({ defaultDriver: 'queue', drivers: { queue } }), [OddListener]);
  captureLogs();
  return {
    listener: app.get(OddListener),
    events: app.get(EventService),
    queues: app.get(EventQueues),
    close: () => app.close(),
  };
}

type App = Awaited<ReturnType<typeof start>>;

async function countOf({ queues }: App): Promise<{ open: number; completed: number; failed: number }> {
  const sum = { open: 0, completed: 0, failed: 0 };
  for (const { ready, delayed, active, completed, failed } of await queues.count()) {
    sum.open += ready + delayed + active;
    sum.completed += completed;
    sum.failed += failed;
  }
  return sum;
}

/** Everything that listeners may do, one after another in one application. */
async function misbehave(app: App): Promise<void> {
  const thrown = Object.keys(THROWN);
  for (const kind of thrown) {
    await app.events.dispatch(new Odd({ kind, how: 'throw' }));
    await app.events.dispatch(new Odd({ kind, how: 'throw at once' }));
  }
  for (const kind of Object.keys(RETURNED)) await app.events.dispatch(new Odd({ kind, how: 'return' }));
  const expected = { open: 0, completed: Object.keys(RETURNED).length, failed: thrown.length * 2 };
  await until('all have ended', async () => (await countOf(app)).open === 0);
  expect(await countOf(app)).toEqual(expected);
  const letters = await app.queues.listFailed({}, 1000);
  expect(letters).toHaveLength(expected.failed);
  for (const { reason } of letters) expect(reason.length).toBeLessThan(5000);
}

afterEach(closeApps);

describeServers('Listeners that misbehave', ({ creator }) => {
  it('end in time, whatever they throw and return', async () => {
    await misbehave(await start(creator));
  });

  it('and never end have their slots taken from them, and what they do later is of no account', async () => {
    const app = await start(creator, { timeout: 200, concurrency: 2 });
    for (const kind of ['resolves', 'rejects', 'resolves', 'rejects']) {
      await app.events.dispatch(new Odd({ kind, how: 'hang' }));
    }
    await app.events.dispatch(new Odd({ kind: 'a bigint', how: 'return' }));
    await until('all have ended', async () => (await countOf(app)).open === 0);
    expect(app.listener.signals.map(({ aborted }) => aborted)).toEqual([true, true, true, true]);
    const before = await countOf(app);
    for (const settle of app.listener.settle) settle();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await countOf(app)).toEqual(before);
    expect(before).toEqual({ open: 0, completed: 1, failed: 4 });
    for (const { reason } of await app.queues.listFailed()) expect(reason).toMatch(/^EVENTS_TIMEOUT/);
  });

  it('are not called while their queue is paused, nor after a start', async () => {
    const first = await start(creator);
    await first.queues.pause('queue');
    await first.close();
    const app = await start(creator);
    await app.events.dispatch(new Odd({ kind: 'resolves', how: 'hang' }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(app.listener.signals).toEqual([]);
    await app.queues.resume('queue');
    await until('it is called', () => app.listener.signals.length === 1);
    app.listener.settle[0]!();
  });
});

describe('Listeners that misbehave, on an embedded database', () => {
  it('end in time, and are not taken for dead by the process that they run in', async () => {
    const engine = new PgBossWorkerCreator({
      connection: { embedded: 'memory' },
      recoveryIntervalSeconds: 1,
    });
    const app = await start(engine);
    await misbehave(app);
    await app.events.dispatch(new Odd({ kind: 'resolves', how: 'hang' }));
    await until('it runs', () => app.listener.signals.length === 1);
    const database = engine.getClient<{ query(text: string): Promise<unknown> }>();
    await database.query(
      `UPDATE pgboss.job SET heartbeat_on = now() - interval '1 hour' WHERE state = 'active'`,
    );
    // Long enough for what looks after the queues to come by twice.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await countOf(app)).toMatchObject({ open: 1 });
    expect(app.listener.signals.map(({ aborted }) => aborted)).toEqual([false]);
    app.listener.settle[0]!();
    await until('it is done', async () => (await countOf(app)).open === 0);
  });
});

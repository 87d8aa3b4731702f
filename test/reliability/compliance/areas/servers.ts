import { ChildApp, LedgerFolder } from '../../../support/child-app.js';
import type { ChildConfig } from '../../../support/child/protocol.js';
import { getKills, getLoad } from '../../../support/load.js';
import { until } from '../../../support/until.js';
import type { Durability, ReliabilityHarness, Server } from '../harness.js';
import type { Area } from '../scenario.js';

const RESUMED_MS = 5000;
/** How long it may take until what has been stored meanwhile is done. */
const SETTLE_MS = getLoad(60_000, 600_000);

/** What is promised while a server dies and starts again. */
export const servers: Area = {
  title: 'Servers that fail',
  scenarios: [
    {
      id: 'A3, A4, D5',
      title:
        'a server that dies and starts again has lost nothing that was acknowledged, and is worked at once',
      needs: ['restartable'],
      run: ({ harness, ledgers }) => withServer(harness, (server) => restart(server, ledgers, 5000)),
    },
    {
      id: 'A3, A4, to the disk',
      isLong: true,
      title: 'a server that acknowledges nothing before it is on the disk has lost nothing either',
      needs: ['restartable'],
      run: ({ harness, ledgers }) =>
        withServer(harness, (server) => restart(server, ledgers, 2000), 'powerSafe'),
    },
    {
      id: 'A6',
      isLong: true,
      title:
        'a dispatch says whether it may be stored: not while there is no server; and again, it is stored once',
      needs: ['restartable'],
      run: ({ harness, ledgers }) => withServer(harness, (server) => refuse(server, ledgers)),
    },
    {
      id: 'D10',
      isLong: true,
      title:
        'while there is no server, a fallback takes over in time, and nothing is delivered twice afterwards',
      needs: ['restartable'],
      run: ({ harness, ledgers }) => withServer(harness, (server) => fallBack(server, ledgers)),
    },
    {
      id: 'G5',
      isLong: true,
      title: 'many applications that start at once on an empty server are all there in time, and work',
      needs: ['restartable'],
      run: ({ harness, ledgers }) => withServer(harness, (server) => startMany(server, ledgers)),
    },
  ],
};

async function withServer(
  { createServer }: ReliabilityHarness,
  body: (server: Server) => Promise<string>,
  durability: Durability = 'usual',
): Promise<string> {
  const server = await createServer!(durability);
  try {
    return await body(server);
  } finally {
    await server.remove();
  }
}

async function restart(server: Server, ledgers: LedgerFolder, perCrash: number): Promise<string> {
  const start = (options: Partial<ChildConfig>) =>
    ChildApp.start({ ledgers: ledgers.path, ...server.place, ...options });
  const producer = await start({ workers: false });
  const worker = await start({ retries: 50, concurrency: 10 });
  // Hardly more than it can do, so that nothing waits for long.
  producer.tell({ dispatch: 'a', parallel: 10, pauseMs: 10, payload: { ms: 10 } });
  const crashes = getLoad(1, getKills(20));
  const waits: number[] = [];
  for (let round = 0; round < crashes; round++) {
    const before = ledgers.count('done');
    await until('it is worked', () => ledgers.count('done') > before + getLoad(50, perCrash), 120_000);
    await server.stop(server.stopModes[round % server.stopModes.length]!);
    const rejected = ledgers.count('rejected');
    await until('dispatches are refused', () => ledgers.count('rejected') > rejected);
    await server.start();
    const since = performance.now();
    const done = ledgers.count('done');
    await until('it is worked again', () => ledgers.count('done') > done, 20_000);
    waits.push(Math.round(performance.now() - since));
  }
  await producer.kill();
  await untilIdle(ledgers);
  // What is left was given to it in an answer that never came.
  await server.forget();
  await until('all is settled', async () => (await worker.count()).open === 0, SETTLE_MS);

  const [acked, runs] = [ledgers.ids('acked'), ledgers.ids('done')];
  const done = new Set(runs);
  expect(acked.filter((id) => !done.has(id))).toEqual([]);
  expect(await worker.count()).toEqual({ open: 0, dead: 0 });
  expect(Math.max(...waits)).toBeLessThan(RESUMED_MS);
  // What was in flight.
  expect(runs.length - done.size).toBeLessThanOrEqual(crashes * 10);
  expect(ledgers.ids('unhandled')).toEqual([]);
  expect(worker.isAlive).toBe(true);
  // Refused with an error that says whether it may be stored.
  for (const { note } of ledgers.read('rejected'))
    expect(note).toMatch(/^EVENTS_(?:NOT_STORED|OUTCOME_UNKNOWN) /);
  await worker.kill();
  return `${crashes} crashes, ${acked.length} acknowledged, 0 lost, ${runs.length - done.size} repeated, resumed within ${Math.max(...waits)} ms`;
}

/** Waits until nothing has been started for a second. */
async function untilIdle(ledgers: LedgerFolder): Promise<void> {
  let [started, since] = [-1, 0];
  const isIdle = (): boolean => {
    const before = started;
    started = ledgers.count('started');
    if (started > before) since = performance.now();
    return performance.now() - since > 1000;
  };
  await until('nothing more is started', isIdle, SETTLE_MS);
}

async function refuse(server: Server, ledgers: LedgerFolder): Promise<string> {
  const count = getLoad(20, 300);
  const command = { dispatch: 'a', parallel: 20, count, isIdempotent: true } as const;
  const child = await ChildApp.start({ ledgers: ledgers.path, ...server.place });
  await server.stop(server.stopModes[0]!);
  await until('it is known', async () => {
    await child.dispatch({ dispatch: 'probe', parallel: 1, count: 1, isIdempotent: true });
    return ledgers.read('rejected').at(-1)!.note.startsWith('EVENTS_NOT_STORED ');
  });
  const before = ledgers.count('rejected');
  await child.dispatch(command);
  const refused = ledgers.read('rejected').slice(before);
  expect(refused).toHaveLength(count);
  for (const { note } of refused) expect(note).toMatch(/^EVENTS_NOT_STORED /);
  await server.start();
  await until('all of it is stored', async () => {
    await child.dispatch(command);
    return new Set(ledgers.ids('acked').filter((id) => id.startsWith('a-'))).size === count;
  });
  await until('all is settled', async () => (await child.count()).open === 0);
  const done = ledgers.ids('done').filter((id) => id.startsWith('a-'));
  expect(done).toHaveLength(count);
  await child.kill();
  return `${count} of ${count} refused as not stored; dispatched again, each was done once`;
}

async function fallBack(server: Server, ledgers: LedgerFolder): Promise<string> {
  const count = getLoad(20, 200);
  const child = await ChildApp.start({ ledgers: ledgers.path, ...server.place, storeTimeoutMs: 1000 });
  const options = { driver: 'fallback' };
  await child.dispatch({ dispatch: 'calm', parallel: 1, count: 1, options });
  await server.stop(server.stopModes[0]!);
  await until('it is known', async () => {
    await child.dispatch({ dispatch: 'probe', parallel: 1, count: 1 });
    return ledgers.read('rejected').at(-1)!.note.startsWith('EVENTS_NOT_STORED ');
  });
  const since = performance.now();
  await child.dispatch({ dispatch: 'a', parallel: count, count, options });
  const tookMs = performance.now() - since;
  expect(tookMs).toBeLessThan(1000 + 1000);
  expect(ledgers.ids('done').filter((id) => id.startsWith('a-'))).toHaveLength(count);
  await server.start();
  await until('it is worked again', async () => {
    await child.dispatch({ dispatch: 'after', parallel: 1, count: 1, isIdempotent: true });
    return ledgers.ids('done').includes('after-0');
  });
  await until('all is settled', async () => (await child.count()).open === 0);
  const done = ledgers.ids('done').filter((id) => id.startsWith('a-'));
  expect(done).toHaveLength(count);
  await child.kill();
  return `${count} done by the fallback within ${tookMs.toFixed()} ms, none of them twice`;
}

const APPLICATIONS = 7;
const MOST_MS = 20_000;

async function startMany(server: Server, ledgers: LedgerFolder): Promise<string> {
  const { store, redis } = server.place;
  // Together they have fewer connections than the server allows.
  const place = store === undefined ? { redis: redis! } : { store: { ...store, poolSize: 2 } };
  const config = { ledgers: ledgers.path, ...place, applications: APPLICATIONS };
  const started = performance.now();
  const children = await Promise.all(Array.from({ length: 3 }, () => ChildApp.start(config)));
  const tookMs = performance.now() - started;
  expect(tookMs).toBeLessThan(MOST_MS);
  await Promise.all(
    children.map((child, index) => child.dispatch({ dispatch: `from${index}`, parallel: 1, count: 5 })),
  );
  await until('all is done', () => ledgers.count('done') >= 5 * children.length);
  expect(ledgers.ids('done').toSorted()).toEqual(ledgers.ids('acked').toSorted());
  expect(ledgers.ids('rejected')).toEqual([]);
  expect(ledgers.ids('unhandled')).toEqual([]);
  await Promise.all(children.map((child) => child.kill()));
  return `${children.length * APPLICATIONS} applications were there after ${tookMs.toFixed()} ms`;
}

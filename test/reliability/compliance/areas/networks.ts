import { setTimeout as delay } from 'node:timers/promises';
import type { ChildApp } from '../../../support/child-app.js';
import type { ChildConfig } from '../../../support/child/protocol.js';
import { getLoad } from '../../../support/load.js';
import { TcpProxy } from '../../../support/tcp-proxy.js';
import { until } from '../../../support/until.js';
import type { Bench } from '../bench.js';
import type { Area, Scenario } from '../scenario.js';
import { expectNothingLost, judge } from '../verdict.js';

/** What a process on a busy machine takes to notice, or to end, on top. */
const SLACK_MS = 3000;
const CAP_MS = 1000;

/** What is promised while nothing, or not everything, arrives. */
export const networks: Area = {
  title: 'Networks that fail',
  scenarios: [
    {
      id: 'D1',
      isLong: true,
      title:
        'a server that is not there is named by the start, without the password, and nothing is left open',
      needs: ['networked'],
      run: startWithoutServer,
    },
    throughProxy(
      'D2',
      'a dispatch into a black hole is refused in time as unknown, and a shutdown ends in time',
      blackhole,
    ),
    throughProxy(
      'A6, unknown',
      'what is dispatched again, as nobody knows whether it was stored, is stored once',
      dispatchAgain,
    ),
    throughProxy(
      'E5',
      'SIGTERM ends in time although the server does not answer, with deliveries running',
      terminateUnanswered,
      true,
    ),
    throughProxy(
      'D4',
      'nothing is lost over connections that break, again and again',
      breakConnections,
      true,
    ),
    throughProxy('D6', 'a slow network has nobody taken for dead, and nothing repeated', delayAnswers, true),
  ],
};

type Start = (options?: Partial<ChildConfig>) => Promise<ChildApp>;

/** A scenario with a proxy between an application and the server. */
function throughProxy(
  id: string,
  title: string,
  body: (bench: Bench, proxy: TcpProxy, start: Start) => Promise<string>,
  isLong = false,
): Scenario {
  return {
    id,
    title,
    needs: ['networked'],
    isLong,
    run: async (bench) => {
      const { url, moveTo } = bench.harness;
      const proxy = await TcpProxy.openFor(url!);
      const place = moveTo!(bench.store.place, proxy.through(url!));
      try {
        return await body(bench, proxy, (options) => bench.start({ ...place, ...options }));
      } finally {
        await proxy.close();
      }
    },
  };
}

async function startWithoutServer(bench: Bench): Promise<string> {
  const { moveTo, url } = bench.harness;
  const nowhere = new URL(url!);
  nowhere.username = 'somebody';
  nowhere.password = 'secret';
  nowhere.hostname = '127.0.0.1';
  // Nobody listens there.
  nowhere.port = '1';
  const child = await bench.spawn(moveTo!(bench.store.place, nowhere.href));
  const since = performance.now();
  const message = await child.hears('ready').then(() => 'it started', (error: Error) => error.message); // prettier-ignore
  expect(message).toMatch(/127\.0\.0\.1:1.*ECONNREFUSED/);
  expect(message).not.toContain('secret');
  expect(await child.hasExited()).toBeLessThan(SLACK_MS);
  expect(child.exitCode).toBe(0);
  expect(bench.ledgers.ids('unhandled')).toEqual([]);
  return `failed ${(performance.now() - since).toFixed()} ms after the process was started`;
}

async function blackhole({ ledgers }: Bench, proxy: TcpProxy, start: Start): Promise<string> {
  const child = await start({ storeTimeoutMs: CAP_MS, shutdownTimeoutMs: CAP_MS });
  await child.dispatch({ dispatch: 'before', parallel: 1, count: 1 });
  proxy.blackhole();
  const since = Date.now();
  await child.dispatch({ dispatch: 'after', parallel: 5, count: 5 });
  const rejected = ledgers.read('rejected');
  expect(rejected).toHaveLength(5);
  for (const { at, note } of rejected) {
    expect(note).toMatch(/^EVENTS_(?:DISPATCH_TIMEOUT|OUTCOME_UNKNOWN) /);
    expect(Math.abs(at - since - CAP_MS)).toBeLessThan(1500);
  }
  child.tell({ close: true });
  const { closed } = await child.hears('closed');
  expect(closed).toBeLessThan(CAP_MS + SLACK_MS);
  expect(await child.hasExited()).toBeLessThan(SLACK_MS);
  expect(ledgers.ids('unhandled')).toEqual([]);
  const refused = Math.max(...rejected.map(({ at }) => at - since));
  return `refused after ${refused} ms, closed after ${closed.toFixed()} ms, of ${CAP_MS} each`;
}

async function dispatchAgain(bench: Bench, proxy: TcpProxy, start: Start): Promise<string> {
  const { ledgers } = bench;
  const command = { dispatch: 'a', parallel: 10, count: 10, isIdempotent: true } as const;
  const child = await start({ storeTimeoutMs: 500 });
  await child.dispatch({ dispatch: 'before', parallel: 1, count: 1 });
  proxy.withholdAnswers();
  await child.dispatch(command);
  const refused = ledgers.read('rejected');
  expect(refused).toHaveLength(10);
  for (const { note } of refused) expect(note).toMatch(/^EVENTS_(?:DISPATCH_TIMEOUT|OUTCOME_UNKNOWN) /);
  proxy.forward();
  await until('it is stored', async () => {
    await child.dispatch(command);
    return new Set(ledgers.ids('acked')).size === 11;
  });
  await bench.untilSettled(child);
  await bench.terminate(child);
  const verdict = judge(ledgers, await bench.store.read());
  expectNothingLost(verdict);
  return '10 of 10 refused as unknown; dispatched again, each was done once';
}

async function terminateUnanswered({ ledgers }: Bench, proxy: TcpProxy, start: Start): Promise<string> {
  const child = await start({ shutdownTimeoutMs: CAP_MS });
  await child.dispatch({ dispatch: 'd', parallel: 1, count: 3, batch: 3, payload: { behaviour: 'hang' } });
  await until('all run', () => ledgers.count('started') === 3);
  proxy.blackhole();
  child.signal('SIGTERM');
  const elapsed = await child.hasExited();
  expect(elapsed).toBeLessThan(CAP_MS + SLACK_MS);
  expect(child.exitCode).toBe(0);
  expect(ledgers.ids('unhandled')).toEqual([]);
  return `ended after ${elapsed.toFixed()} ms, of ${CAP_MS}`;
}

async function breakConnections(bench: Bench, proxy: TcpProxy, start: Start): Promise<string> {
  const { ledgers, store } = bench;
  const resets = getLoad(10, 50);
  const child = await start({ retries: 50 });
  child.tell({ dispatch: 'a', parallel: 10 });
  for (let round = 0; round < resets; round++) {
    await delay(100);
    await bench.pause(200);
    proxy.reset();
  }
  // A slow machine takes longer to have as many as tell anything.
  await until('enough is acknowledged', () => ledgers.count('acked') > 10 * resets);
  child.signal('SIGTERM');
  await child.hasExited();
  await store.forget();
  const figure = await bench.expectNothingLost({ unacknowledged: 10 * (resets + 1), repeated: 20 * resets });
  for (const { note } of ledgers.read('rejected')) expect(note).toMatch(/^EVENTS_/);
  return `${resets} times all connections broken; ${figure}`;
}

async function delayAnswers(bench: Bench, proxy: TcpProxy, start: Start): Promise<string> {
  const count = getLoad(100, 1000);
  const child = await start();
  proxy.delay(100);
  await child.dispatch({ dispatch: 'a', parallel: 20, count, payload: { ms: 50 } });
  await until('all is done', () => bench.ledgers.count('done') >= count, 60_000);
  proxy.delay(0);
  await bench.terminate(child);
  const figure = await bench.expectNothingLost({});
  return `100 ms either way; ${figure}`;
}

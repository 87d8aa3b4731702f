import type { Redis } from 'ioredis';
import { ChildApp, LedgerFolder } from '../../support/child-app.js';
import { rejectionOf } from '../../support/drivers.js';
import { SLACK_MS, useFailingRedis } from '../../support/failing-redis.js';
import { describePrivateRedis } from '../../support/private-redis.js';
import { until } from '../../support/until.js';

const CAP_MS = 1000;

describePrivateRedis('A shutdown on Redis that fails', () => {
  const redis = useFailingRedis();

  it.each([
    ['is gone', () => redis.server.kill()],
    ['has stopped', async () => redis.server.freeze()],
    ['is cut off', async () => redis.proxy.blackhole()],
  ])('ends in time when the server %s, and leaves nothing open', async (_, fail) => {
    const ledgers = new LedgerFolder();
    const child = await ChildApp.start({
      ledgers: ledgers.path,
      redis: redis.optionsThroughProxy,
      shutdownTimeoutMs: CAP_MS,
    });
    const payload = { behaviour: 'work', ms: 500 } as const;
    await child.dispatch({ dispatch: 'a', parallel: 1, count: 3, payload });
    await until('all run', () => ledgers.ids('started').length === 3);
    await fail();
    child.tell({ close: true });
    const { closed } = await child.hears('closed');
    console.info(`closed after ${closed.toFixed()} ms, of ${CAP_MS}`);
    expect(closed).toBeLessThan(CAP_MS + SLACK_MS);
    expect(await child.hasExited()).toBeLessThan(SLACK_MS);
    expect(ledgers.ids('unhandled')).toEqual([]);
  });

  it('ends in time also where a Queue of BullMQ is in use, which is told, too', async () => {
    const { app, engine } = await redis.startThroughProxy({}, { shutdownTimeoutMs: CAP_MS });
    const queue = engine.getQueue('queue');
    // It takes its time to be loaded, in which nothing else happens.
    const isLoaded = (): Promise<boolean> =>
      queue.getJobCounts().then(
        () => true,
        () => false,
      );
    await until('it is loaded', isLoaded);
    const client = queue.opts.connection as Redis;
    redis.proxy.blackhole();
    const counting = rejectionOf(queue.getJobCounts());
    const started = performance.now();
    await app.close();
    expect(performance.now() - started).toBeLessThan(CAP_MS + SLACK_MS);
    expect(await counting).toBeInstanceOf(Error);
    await until('it is closed', () => client.status === 'end', SLACK_MS);
  });
});

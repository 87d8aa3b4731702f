import { Logger } from '@nestjs/common';
import { type EventsError, StoreUnavailableError } from 'nestjs-event-drivers';
import { createClient } from '../../../lib/bullmq/redis/create-client.js';
import { RedisLink } from '../../../lib/bullmq/redis/redis-link.js';
import { closeApps } from '../../support/app.js';
import { captureLogs, rejectionOf } from '../../support/drivers.js';
import { expectToGoOn, SLACK_MS, TIMEOUT_MS } from '../../support/failing-redis.js';
import { describePrivateRedis, findPort, type PrivateRedis } from '../../support/private-redis.js';
import { PrivateRedisCluster } from '../../support/private-redis-cluster.js';
import { type RedisApp, startOnRedis, Task } from '../../support/redis-app.js';
import { until } from '../../support/until.js';

Logger.overrideLogger(false);

/** A node that comes back waits for two seconds before it takes anything. */
const RESUMED_MS = 10_000;

describePrivateRedis('A cluster', () => {
  let cluster: PrivateRedisCluster;
  let slot: number;

  beforeAll(async () => {
    cluster = await PrivateRedisCluster.create();
    slot = await cluster.nodes[0]!.ask<number>('CLUSTER', 'KEYSLOT', '{events}');
  });
  afterAll(() => cluster.remove());
  afterEach(async () => {
    await closeApps();
    await Promise.all(cluster.nodes.map((node) => node.ask('FLUSHALL')));
  });

  const start = (nodes = cluster.addresses): Promise<RedisApp> =>
    startOnRedis({ connection: { nodes }, timeoutMs: TIMEOUT_MS, recoveryIntervalSeconds: 1 });

  it('has all keys of a prefix on one node, and leaves it no connections', async () => {
    const app = await start();
    await expectToGoOn(app, 'a');
    const keys = await Promise.all(cluster.nodes.map((node) => node.ask<string[]>('KEYS', '*')));
    const owner = await cluster.findOwner(slot);
    cluster.nodes.forEach((node, index) => expect(keys[index]!.length > 0).toBe(node === owner));
    await app.app.close();
    const isLeft = async (): Promise<boolean> => (await cluster.listClients()).length === 0;
    await until('no connection is left', isLeft);
  });

  it('lets what is sent to a node before there is a connection to it wait for that', async () => {
    const client = createClient({ nodes: cluster.addresses }, TIMEOUT_MS);
    const link = new RedisLink(client, 'redis cluster', TIMEOUT_MS, () => undefined);
    await link.connect();
    const keys = ['{a}', '{b}', '{c}'].flatMap((prefix) => [`${prefix}:1`, `${prefix}:2`]);
    const answers = await Promise.all(keys.map((key) => link.do((redis) => redis.set(key, 'value'))));
    expect(new Set(answers)).toEqual(new Set(['OK']));
    await link.close(TIMEOUT_MS);
  });

  it('is found by those of its nodes that are there', async () => {
    const dead = { host: '127.0.0.1', port: await findPort() };
    await expectToGoOn(await start([dead, cluster.addresses[2]!]), 'a');
  });

  it('is not to be taken for a server', async () => {
    const others = await cluster.findOthers(slot);
    const error = await rejectionOf(startOnRedis({ connection: others[0]!.url }));
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(String(error)).toMatch(/MOVED .*\(it is one node of a cluster: .*\{ nodes: /);
  });

  it('loses nothing, and does nothing twice, where its slots move while they are used', async () => {
    const app = await start();
    const lines = captureLogs();
    const acknowledged: string[] = [];
    const refused: unknown[] = [];
    const load = { isOver: false };
    const dispatch = async (name: string): Promise<void> => {
      for (let count = 0; !load.isOver; count++) {
        const id = `${name}${count}`;
        await app.events.dispatch(new Task({ id })).then(
          () => acknowledged.push(id),
          (error: unknown) => refused.push(error),
        );
      }
    };
    const dispatching = Promise.all(['a', 'b', 'c'].map(dispatch));
    for (const to of await cluster.findOthers(slot)) {
      const before = app.tasks.done.length;
      await until('it is worked', () => app.tasks.done.length > before + 20);
      await cluster.migrate(slot, to);
    }
    const before = app.tasks.done.length;
    await until('it is worked again', () => app.tasks.done.length > before + 20, RESUMED_MS);
    load.isOver = true;
    await dispatching;
    await until('all are done', () => acknowledged.every((id) => app.tasks.done.includes(id)), RESUMED_MS);
    expect(app.tasks.done).toHaveLength(new Set(app.tasks.done).size);
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
    for (const error of refused) expect((error as EventsError).code).toMatch(/^EVENTS_/);
    console.info(`acknowledged ${acknowledged.length}, refused ${refused.length}`);
  });

  it.each([
    ['dies', (node: PrivateRedis) => node.kill(), (node: PrivateRedis) => node.start()],
    ['stops', async (node: PrivateRedis) => node.freeze(), async (node: PrivateRedis) => node.thaw()],
  ])('refuses in time what is for a node that %s, and goes on when it is back', async (_, fail, heal) => {
    const app = await start();
    await expectToGoOn(app, 'before');
    const owner = await cluster.findOwner(slot);
    await fail(owner);
    const tasks = ['a', 'b', 'c'].map((id) => new Task({ id }));
    for (const task of tasks) {
      const started = performance.now();
      expect(await rejectionOf(app.events.dispatch(task))).toMatchObject({
        code: expect.stringMatching(/^EVENTS_(?:NOT_STORED|OUTCOME_UNKNOWN)$/),
      });
      expect(performance.now() - started).toBeLessThan(2 * TIMEOUT_MS + SLACK_MS);
    }
    await heal(owner);
    const isStored = (): Promise<boolean> =>
      app.events.dispatchMany(tasks).then(
        () => true,
        () => false,
      );
    await until('they are stored', isStored, RESUMED_MS);
    await until('they are done', () => app.tasks.done.length >= 4, RESUMED_MS);
    expect(app.tasks.done.toSorted()).toEqual(['a', 'b', 'before', 'c']);
  });
});

import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { Cluster } from 'ioredis';
import { InvalidOptionsError } from 'nestjs-event-drivers';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { describeWorkerCreator, type EngineStore } from 'nestjs-event-drivers/testing';
import { describePrivateRedis } from '../support/private-redis.js';
import { PrivateRedisCluster } from '../support/private-redis-cluster.js';

Logger.overrideLogger(false);

describePrivateRedis('Redis Cluster', () => {
  let cluster: PrivateRedisCluster;
  beforeAll(async () => {
    cluster = await PrivateRedisCluster.create();
  });
  afterAll(() => cluster.remove());

  const harness = { createStore: () => createStore(cluster.addresses) };
  describeWorkerCreator('BullMqWorkerCreator, Redis Cluster', harness, { describe, it, afterAll });

  it('has the keys of a prefix on one node, and those of another one on another', async () => {
    const slots = await Promise.all(
      ['{a}', '{b}', '{c}'].map(async (prefix) => {
        const engine = new BullMqWorkerCreator({ connection: { nodes: cluster.addresses }, prefix });
        const name = 'queue';
        await engine.open({
          queues: [{ ...DEFINITION, name }],
          isWorker: true,
          strict: false,
          onError: () => {},
          onWarning: () => {},
        });
        await engine.store(name, [
          { id: 'a1', data: { event: 'e', version: 1, eventId: 'a1', payload: 1 }, options: {} },
        ]);
        await engine.close();
        const counts = await Promise.all(
          cluster.nodes.map(async (node) => (await node.ask<string[]>('KEYS', `${prefix}:*`)).length > 0),
        );
        return counts.indexOf(true) === counts.lastIndexOf(true) ? counts.indexOf(true) : 'several';
      }),
    );
    expect(new Set(slots)).toEqual(new Set([0, 1, 2]));
  });

  it('refuses a prefix that would leave the keys of a queue on different nodes', () => {
    const options = { connection: { nodes: [{ port: 7000 }] }, prefix: 'events' };
    const create = (): unknown => new BullMqWorkerCreator(options);
    expect(create).toThrow(InvalidOptionsError);
    expect(create).toThrow(/put it in braces: '\{events\}'/);
  });
});

const DEFINITION = {
  deadLetterQueue: 'queue/dead',
  retries: 0,
  timeoutMs: 60_000,
  heartbeatMs: 10_000,
  keepCompletedSeconds: 3600,
};

function createStore(nodes: { host: string; port: number }[]): EngineStore {
  const prefix = `{test_${randomBytes(6).toString('hex')}}`;
  const redis = new Cluster(nodes);
  const unlink = async (pattern: string): Promise<void> => {
    for (const node of redis.nodes('master')) {
      const keys = await node.keys(pattern);
      if (keys.length > 0) await node.unlink(...keys);
    }
  };
  return {
    create: () => new BullMqWorkerCreator({ connection: { nodes }, prefix, recoveryIntervalSeconds: 1 }),
    crash: (engine) => engine.close(),
    expireHeartbeats: () => unlink(`${prefix}:*:lock`),
    destroy: async () => {
      await unlink(`${prefix}:*`);
      await redis.quit();
    },
  };
}

import { findPort, PrivateRedis } from './private-redis.js';
import { until } from './until.js';

const SLOTS = 16_384;
const NODES = 3;

/** A Redis Cluster of three masters without replicas, which a test has for itself. */
export class PrivateRedisCluster {
  private constructor(readonly nodes: readonly PrivateRedis[]) {}

  /** It takes a node two seconds to trust a cluster that it has just come to. */
  static async create(): Promise<PrivateRedisCluster> {
    const nodes = await Promise.all(Array.from({ length: NODES }, createNode));
    const cluster = new PrivateRedisCluster(nodes);
    await Promise.all(nodes.map((node, index) => cluster.join(node, index)));
    await until('the cluster is whole', async () => (await cluster.isWhole()).every(Boolean));
    return cluster;
  }

  /** What a cluster's client is given. */
  get addresses(): { host: string; port: number }[] {
    return this.nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
  }

  /** The node that has a slot now. */
  async findOwner(slot: number): Promise<PrivateRedis> {
    const ranges = await this.nodes[0]!.ask<[number, number, [string, number]][]>('CLUSTER', 'SLOTS');
    const port = ranges.find(([from, to]) => slot >= from && slot <= to)![2][1];
    return this.nodes.find((node) => node.port === port)!;
  }

  /** The nodes that do not have a slot now. */
  async findOthers(slot: number): Promise<PrivateRedis[]> {
    const owner = await this.findOwner(slot);
    return this.nodes.filter((node) => node !== owner);
  }

  /** The connections that others than the nodes have. */
  async listClients(): Promise<string[]> {
    return (await Promise.all(this.nodes.map((node) => node.listClients()))).flat();
  }

  async removeKeys(pattern: string): Promise<void> {
    for (const node of this.nodes) {
      const keys = await node.ask<string[]>('KEYS', pattern);
      if (keys.length > 0) await node.ask('UNLINK', ...keys);
    }
  }

  /** Moves a slot to another node, with its keys, while it is being used. */
  async migrate(slot: number, to: PrivateRedis): Promise<void> {
    const from = await this.findOwner(slot);
    const [fromId, toId] = await Promise.all([from, to].map((node) => node.ask<string>('CLUSTER', 'MYID')));
    await to.ask('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId!);
    await from.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId!);
    for (;;) {
      const keys = await from.ask<string[]>('CLUSTER', 'GETKEYSINSLOT', slot, 100);
      if (keys.length === 0) break;
      await from.ask('MIGRATE', '127.0.0.1', to.port, '', 0, 5000, 'KEYS', ...keys);
    }
    for (const node of [to, from]) await node.ask('CLUSTER', 'SETSLOT', slot, 'NODE', toId!);
  }

  async remove(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.remove()));
  }

  private async join(node: PrivateRedis, index: number): Promise<void> {
    const [from, to] = [index, index + 1].map((part) => Math.floor((part * SLOTS) / NODES)) as [
      number,
      number,
    ];
    await node.ask('CLUSTER', 'ADDSLOTSRANGE', from, to - 1);
    await node.ask('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    const [first] = this.nodes;
    if (node !== first) {
      await node.ask(
        'CLUSTER',
        'MEET',
        '127.0.0.1',
        first!.port,
        await first!.ask<string>('CONFIG', 'GET', 'cluster-port').then(([, port]) => port!),
      );
    }
  }

  private isWhole(): Promise<boolean[]> {
    return Promise.all(
      this.nodes.map(async (node) => {
        const info = await node.ask<string>('CLUSTER', 'INFO');
        return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${NODES}`);
      }),
    );
  }
}

async function createNode(): Promise<PrivateRedis> {
  return PrivateRedis.create({
    'cluster-enabled': 'yes',
    'cluster-port': String(await findPort()),
    'cluster-node-timeout': '2000',
    appendonly: 'yes',
  });
}

import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import type { BullMqConnection } from '../bullmq-options.js';
import { growingPause } from '../../utils/growing-pause.js';
import { isClient, isCluster } from './check-connection.js';

export type RedisClient = Redis | Cluster;

/** As they are declared, they do not take what they take: that an option may be there and undefined. */
const Server = Redis as unknown as new (...from: (string | RedisOptions)[]) => Redis;
const Nodes = Cluster as unknown as new (nodes: readonly unknown[], options: ClusterOptions) => Cluster;

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 2000;

/** How long a connection that does not answer may take to say goodbye, in milliseconds. */
const GOODBYE_MS = 100;

/** How long to wait before it is connected again, for the first time or a later one. */
export function getPause(times: number): number {
  return growingPause(times - 1, FIRST_RETRY_MS, MAX_RETRY_MS);
}

/**
 * What makes every command settle, and be sent once only, whatever else is asked for: one that cannot be sent is
 * rejected, and so is one whose connection goes away before the answer; nothing is sent again behind anybody's back.
 */
const KEPT = {
  lazyConnect: true,
  enableOfflineQueue: false,
  enableAutoPipelining: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  disconnectTimeout: GOODBYE_MS,
} as const satisfies RedisOptions;

/** Makes a connection that is not open yet. */
export function createClient(connection: BullMqConnection, timeoutMs: number): RedisClient {
  const own: RedisOptions = { connectTimeout: timeoutMs, retryStrategy: getPause };
  if (typeof connection === 'string') return new Server(connection, { ...own, ...KEPT });
  if (isCluster(connection)) return createCluster(connection, timeoutMs);
  if (isClient(connection)) return (connection as Redis).duplicate({ ...own, ...KEPT });
  const { retryStrategy, ...given } = connection as RedisOptions;
  return new Server({ ...own, ...given, retryStrategy: persevere(retryStrategy), ...KEPT });
}

/** Whoever asks for pauses of his own has them; but it is never given up. */
function persevere(given: RedisOptions['retryStrategy']): (times: number) => number {
  return (times) => {
    const pause = given?.(times);
    return typeof pause === 'number' ? pause : getPause(times);
  };
}

function createCluster(connection: BullMqConnection, timeoutMs: number): Cluster {
  const options = toClusterOptions(getClusterOptions(connection), timeoutMs);
  const { nodes } = connection as { nodes: [] };
  if (!isClient(connection)) return new Nodes(nodes, options);
  const twin = connection as unknown as { duplicate(nodes: undefined, options: ClusterOptions): Cluster };
  return twin.duplicate(undefined, options);
}

function getClusterOptions(connection: BullMqConnection): ClusterOptions {
  return (connection as { options?: ClusterOptions }).options ?? {};
}

function toClusterOptions(given: ClusterOptions, timeoutMs: number): ClusterOptions {
  const { enableOfflineQueue: _, lazyConnect: __, ...node } = KEPT;
  return {
    // A node that has failed is found out about by whoever asks it, within the deadline.
    slotsRefreshTimeout: timeoutMs,
    ...given,
    clusterRetryStrategy: persevere(given.clusterRetryStrategy),
    scaleReads: 'master',
    retryDelayOnFailover: 0,
    lazyConnect: true,
    // A node is connected to when there is something to be sent to it, and whatever follows waits for that, too.
    enableOfflineQueue: true,
    enableAutoPipelining: false,
    redisOptions: { connectTimeout: timeoutMs, ...given.redisOptions, ...node },
  };
}

/** Names a store as `redis://host:port/0`: without its password, and the same for two that are reached in the same way. */
export function describeConnection(connection: BullMqConnection): string {
  if (isCluster(connection)) {
    const cluster = isClient(connection)
      ? ((connection as unknown as { startupNodes?: unknown[] }).startupNodes ?? [])
      : (connection as { nodes: unknown[] }).nodes;
    return `redis cluster ${cluster.map(describeNode).toSorted().join(',')}`;
  }
  const { host, port, path, db, name, sentinels } = toOptions(connection);
  if (path) return `redis unix:${path}/${db ?? 0}`;
  if (sentinels?.length)
    return `redis ${name ?? 'mymaster'} of ${sentinels.map(describeNode).toSorted().join(',')}/${db ?? 0}`;
  return `redis://${describeHost(host)}:${port ?? 6379}/${db ?? 0}`;
}

function toOptions(connection: BullMqConnection): RedisOptions {
  if (typeof connection === 'string') {
    const client = new Server(connection, { lazyConnect: true });
    return client.options;
  }
  return isClient(connection) ? (connection as Redis).options : (connection as RedisOptions);
}

function describeNode(node: unknown): string {
  if (typeof node === 'number') return `127.0.0.1:${node}`;
  if (typeof node === 'string') {
    const url = URL.parse(node.includes('://') ? node : `redis://${node}`);
    return url === null ? 'unknown' : `${url.hostname}:${url.port || 6379}`;
  }
  const { host, port } = node as { host?: string; port?: number };
  return `${describeHost(host)}:${port ?? 6379}`;
}

function describeHost(host = '127.0.0.1'): string {
  return host.includes(':') ? `[${host}]` : host;
}

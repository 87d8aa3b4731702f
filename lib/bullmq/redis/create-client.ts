import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import type { BullMqConnection } from '../bullmq-options.js';
import { isClient, isCluster } from './check-connection.js';

export type RedisClient = Redis | Cluster;

/** As they are declared, they do not take what they take: that an option may be there and undefined. */
const Server = Redis as unknown as new (...from: (string | RedisOptions)[]) => Redis;
const Nodes = Cluster as unknown as new (nodes: readonly unknown[], options: ClusterOptions) => Cluster;

const MAX_RETRY_MS = 2000;

/** Paced, and not all processes at once when the server is back. */
const retryStrategy = (times: number): number =>
  Math.min(50 * 2 ** Math.min(times, 10), MAX_RETRY_MS) * (0.5 + Math.random() / 2);

/**
 * Makes a connection that is not open yet. What cannot be sent is told to whoever asked for it, and what was sent and
 * not answered is not sent again behind anybody's back: each call has a deadline, and knows what may have happened.
 */
export function createClient(connection: BullMqConnection, timeoutMs: number): RedisClient {
  const options: RedisOptions = {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: null,
    connectTimeout: timeoutMs,
    retryStrategy,
  };
  if (typeof connection === 'string') return new Server(connection, options);
  if (isClient(connection)) return duplicate(connection as RedisClient, options);
  if (!isCluster(connection)) return new Server({ ...options, ...(connection as RedisOptions), ...KEPT });
  const { nodes, options: given = {} } = connection as { nodes: []; options?: ClusterOptions };
  return new Nodes(nodes, toClusterOptions(given, options));
}

/** What makes a call settle, whatever else is asked for. */
const KEPT = { lazyConnect: true, enableOfflineQueue: false, maxRetriesPerRequest: null } as const;

/** A connection of its own, where that of the application cannot be used. */
export function duplicate(client: RedisClient, options: RedisOptions = {}): RedisClient {
  if (!isCluster(client)) return (client as Redis).duplicate({ ...options, lazyConnect: true });
  const { redisOptions, ...given } = (client as Cluster).options;
  const twin = (client as Cluster).duplicate.bind(client) as (
    nodes: undefined,
    options: ClusterOptions,
  ) => Cluster;
  return twin(
    undefined,
    toClusterOptions(
      { ...given, ...(redisOptions === undefined ? {} : { redisOptions }) } as ClusterOptions,
      options,
    ),
  );
}

function toClusterOptions(given: ClusterOptions, options: RedisOptions): ClusterOptions {
  const { retryStrategy: _, lazyConnect: __, enableOfflineQueue: ___, ...node } = options;
  return {
    clusterRetryStrategy: retryStrategy,
    // A node that has failed is found out about by whoever asks it, within the deadline.
    slotsRefreshTimeout: options.connectTimeout ?? 5000,
    ...given,
    lazyConnect: true,
    enableOfflineQueue: false,
    redisOptions: { ...node, ...given.redisOptions },
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

import type { BullMqConnection } from '../bullmq-options.js';

/** A client of `ioredis`, as BullMQ tells one from options. */
export function isClient(connection: unknown): boolean {
  return ['connect', 'disconnect', 'duplicate'].every(
    (name) => typeof (connection as Record<string, unknown> | null)?.[name] === 'function',
  );
}

export function isCluster(connection: BullMqConnection): boolean {
  if (typeof connection !== 'object') return false;
  return 'nodes' in connection
    ? !isClient(connection) || isClusterClient(connection)
    : isClusterClient(connection);
}

function isClusterClient(connection: object): boolean {
  return (connection as { isCluster?: unknown }).isCluster === true;
}

const EXPECTED =
  `a URL such as 'redis://user:password@host:6379/0', options of ioredis, { nodes: [...] } for a cluster, or a client ` +
  `of ioredis`;

/** Says what is wrong with a connection, without showing it. */
export function checkConnection(connection: unknown, prefix = '{events}'): string[] {
  if (connection === undefined || connection === '') return [];
  if (typeof connection === 'string') return checkUrl(connection);
  if (typeof connection !== 'object' || connection === null || Array.isArray(connection)) {
    return [`connection: expected ${EXPECTED}`];
  }
  const { options, nodes, keyPrefix } = connection as {
    options?: { keyPrefix?: unknown };
    nodes?: unknown;
    keyPrefix?: unknown;
  };
  const problems: string[] = [];
  if (options?.keyPrefix ?? keyPrefix) {
    problems.push(`connection.keyPrefix: BullMQ takes none; use the option 'prefix' of BullMqWorkerCreator`);
  }
  if (nodes !== undefined && !isClient(connection) && (!Array.isArray(nodes) || nodes.length === 0)) {
    problems.push(`connection.nodes: expected the addresses of at least one node of the cluster`);
  }
  if (isCluster(connection) && !/\{[^{}]+\}/.test(prefix)) {
    problems.push(
      `prefix: '${prefix}' names no hash slot, so that a cluster would keep parts of a queue on different nodes; ` +
        `put it in braces: '{${prefix}}'`,
    );
  }
  return problems;
}

function checkUrl(connection: string): string[] {
  const url = URL.parse(connection);
  if (url !== null && /^rediss?:$/.test(url.protocol)) return [];
  const scheme = /^[a-z][a-z+.-]*(?=:\/\/)/i.exec(connection)?.[0];
  return [
    `connection: expected ${EXPECTED}; got ${scheme === undefined ? 'other text' : `a URL that begins with '${scheme}://'`}`,
  ];
}

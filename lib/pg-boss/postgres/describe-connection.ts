import { Client } from 'pg';
import { InvalidOptionsError } from '../../errors/index.js';
import { type ConnectionConfig, isPool, type PostgresPool } from './postgres.types.js';

/**
 * Names a database as `postgres://user@host:port/database`: without its password, and the same for two
 * that are reached in the same way.
 */
export function describeConnection(connection: string | ConnectionConfig | PostgresPool): string {
  const { user, host, port, database } = parse(toClientConfig(connection));
  const hostname = host.includes(':') ? `[${host}]` : encodeURIComponent(host);
  return `postgres://${encodeURIComponent(user ?? '')}@${hostname}:${port}/${encodeURIComponent(database ?? '')}`;
}

/** What `pg` needs for a connection of its own, without anything that only concerns a pool. */
export function toClientConfig(connection: string | ConnectionConfig | PostgresPool): ConnectionConfig {
  if (typeof connection === 'string') return { connectionString: connection };
  if (!isPool(connection)) return connection;
  const options = connection.options as ConnectionConfig;
  // A pool keeps these out of sight, and so out of a copy.
  const { password, connectionString } = options;
  return {
    ...options,
    ...(password !== undefined && { password }),
    ...(connectionString !== undefined && { connectionString }),
  };
}

function parse(config: ConnectionConfig): Client {
  try {
    return new Client(config);
  } catch {
    // What was thrown may have the connection string in it.
    throw new InvalidOptionsError('PostgreSQL', ['the connection cannot be read: is it a valid URL?']);
  }
}

import { inspect } from 'node:util';
import { maskSecrets } from '../utils/mask-secrets.js';

/** What `pg` takes to make a `Pool`. */
const POOL_OPTIONS: ReadonlySet<string> = new Set(
  [
    'host port user password database connectionString ssl sslnegotiation options application_name',
    'fallback_application_name client_encoding replication binary types statement_timeout lock_timeout',
    'idle_in_transaction_session_timeout query_timeout keepAlive keepAliveInitialDelayMillis stream connection',
    'connectionTimeoutMillis pipeline enableChannelBinding scramMaxIterations Promise Client log verify onConnect',
    'max min poolSize maxUses maxLifetimeSeconds idleTimeoutMillis allowExitOnIdle',
  ].flatMap((names) => names.split(' ')),
);

const FORMS =
  "a connection string (postgres://...), options of a pg Pool, a pg Pool, { embedded: '<folder>' } or " +
  "{ embedded: 'memory' }";

/** What is wrong with a connection, in one sentence without secrets; `undefined` if nothing is. */
export function checkConnection(connection: unknown): string | undefined {
  if (connection === undefined || isUnset(connection)) return undefined;
  if (typeof connection === 'string') return checkText(connection.trim());
  if (typeof connection !== 'object' || connection === null || Array.isArray(connection)) {
    return `connection must be ${FORMS}, not ${inspect(connection, { depth: 0 })}`;
  }
  if ('embedded' in connection) return checkEmbedded(connection);
  if ('query' in connection || 'connect' in connection) return checkPool(connection);
  return checkPoolOptions(Object.keys(connection));
}

/** As a variable of a shell is that was set to nothing. */
export function isUnset(connection: unknown): boolean {
  return typeof connection === 'string' && connection.trim() === '';
}

function checkText(text: string): string | undefined {
  if (/^(?:postgres(?:ql)?|socket):/i.test(text)) return undefined;
  const shown = `'${maskSecrets(text)}'`;
  const [, scheme] = /^([a-z][a-z\d+.-]+):\/\//i.exec(text) ?? [];
  if (scheme !== undefined && scheme !== 'file') {
    return `connection is an address of '${scheme}', and not of PostgreSQL (postgres://...): ${shown}`;
  }
  const isKeywords = /\b(?:host|dbname|user)\s*=/.test(text);
  const remedy = isKeywords
    ? 'give an address (postgres://user:password@host:5432/database), or an object of host, port, user, ...'
    : `for the embedded database in that folder, give { embedded: ${shown} }`;
  return `connection is no connection string (postgres://...), but ${shown}; ${remedy}`;
}

function checkEmbedded(connection: { embedded: unknown }): string | undefined {
  const { embedded, ...others } = connection;
  const problem = "connection.embedded must be a folder or 'memory'";
  if (typeof embedded !== 'string') return `${problem}, not ${inspect(embedded, { depth: 0 })}`;
  if (embedded.trim() === '') return `${problem}, and is empty`;
  // Of a drive, a letter and a colon are a path.
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(embedded) && !/^file:\/\//i.test(embedded)) {
    return `${problem}, not an address: '${maskSecrets(embedded)}'`;
  }
  const names = Object.keys(others);
  return names.length === 0
    ? undefined
    : `connection has 'embedded', and takes nothing beside it, such as ${list(names)}`;
}

function checkPool(connection: object): string | undefined {
  if ('totalCount' in connection && 'options' in connection) return undefined;
  return 'escapeIdentifier' in connection
    ? 'connection is a single Client of pg, which cannot do several things at once; give a Pool: new Pool(...)'
    : `connection has methods as a Pool of pg has, but is none; it must be ${FORMS}`;
}

function checkPoolOptions(names: readonly string[]): string | undefined {
  if (names.length === 0) return `connection is an empty object; it must be ${FORMS}`;
  const unknown = names.filter((name) => !POOL_OPTIONS.has(name));
  return unknown.length === 0
    ? undefined
    : `connection has ${list(unknown)}, which is no option of a pg Pool (host, port, user, password, database, ...); ` +
        `it must be ${FORMS}`;
}

function list(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}

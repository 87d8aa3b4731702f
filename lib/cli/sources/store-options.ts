import { resolve } from 'node:path';
import type { CliIo } from '../cli-io.js';
import type { OptionValues } from '../option-values.js';
import { UsageError } from '../usage.error.js';

/** A store of pg-boss that the command line names. */
export interface StoreOptions {
  /** A connection string, or the folder of an embedded database. */
  readonly connection: string | { readonly embedded: string };
  readonly schema: string;
}

/** A store of BullMQ that the command line names. */
export interface RedisStoreOptions {
  readonly connection: string;
  readonly prefix: string;
}

type Io = Pick<CliIo, 'env' | 'directory'>;

/** @returns `undefined` where none is named */
export function readAnyStoreOptions(
  values: OptionValues,
  io: Io,
): StoreOptions | RedisStoreOptions | undefined {
  const given = readConnection(values, io);
  if (given === undefined || !isRedis(given)) return readStoreOptions(values, io);
  if (values.getText('schema') !== undefined) {
    throw new UsageError('--schema is for PostgreSQL; what keys begin with in Redis is --prefix');
  }
  return { connection: given, prefix: values.getText('prefix') ?? '{events}' };
}

/** @returns `undefined` where none is named */
export function readStoreOptions(values: OptionValues, io: Io): StoreOptions | undefined {
  const given = readConnection(values, io);
  if (given === undefined) return undefined;
  if (values.getText('prefix') !== undefined) {
    throw new UsageError('--prefix is for Redis; the schema in PostgreSQL is --schema');
  }
  return { connection: parseConnection(given, io.directory), schema: values.getText('schema') ?? 'pgboss' };
}

function readConnection(values: OptionValues, { env }: Io): string | undefined {
  const given = values.getText('connection') ?? env['DATABASE_URL'];
  return given?.trim() === '' ? undefined : given;
}

function isRedis(connection: string): boolean {
  return /^rediss?:\/\//.test(connection);
}

function parseConnection(given: string, directory: string): StoreOptions['connection'] {
  if (/^postgres(?:ql)?:\/\//.test(given)) return given;
  if (isRedis(given)) throw new UsageError('there are no tables to migrate in Redis');
  // It may have a password in it, so it is not repeated.
  if (/^\w+:\/\//.test(given)) {
    throw new UsageError(
      'the connection must be a URL that begins with postgres:// or redis://, or a folder',
    );
  }
  if (given === 'memory')
    throw new UsageError('an embedded database in memory is only seen by its own process');
  return { embedded: resolve(directory, given) };
}

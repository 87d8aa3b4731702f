import { resolve } from 'node:path';
import type { CliIo } from '../cli-io.js';
import type { OptionValues } from '../option-values.js';
import { UsageError } from '../usage.error.js';

/** The store that the command line names. */
export interface StoreOptions {
  /** A connection string, or the folder of an embedded database. */
  readonly connection: string | { readonly embedded: string };
  readonly schema: string;
}

/** @returns `undefined` where none is named */
export function readStoreOptions(
  values: OptionValues,
  { env, directory }: Pick<CliIo, 'env' | 'directory'>,
): StoreOptions | undefined {
  const given = values.getText('connection') ?? env['DATABASE_URL'];
  if (given === undefined || given.trim() === '') return undefined;
  return { connection: parseConnection(given, directory), schema: values.getText('schema') ?? 'pgboss' };
}

function parseConnection(given: string, directory: string): StoreOptions['connection'] {
  if (/^postgres(?:ql)?:\/\//.test(given)) return given;
  // It may have a password in it, so it is not repeated.
  if (/^\w+:\/\//.test(given)) {
    throw new UsageError('the connection must be a URL that begins with postgres://, or a folder');
  }
  if (given === 'memory')
    throw new UsageError('an embedded database in memory is only seen by its own process');
  return { embedded: resolve(directory, given) };
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EmbeddedDatabase,
  type EmbeddedDatabaseOptions,
  openEmbeddedDatabase,
} from '../../../../lib/pg-boss/embedded/index.js';
import { prepareTemplate } from '../../../support/template.js';

const opened: EmbeddedDatabase[] = [];

/** Gives each test a folder for its files, and removes it when the databases in it are closed. */
export function useParent(tell: (parent: string) => void): void {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'embedded-'));
    tell(parent);
  });
  afterEach(async () => {
    await closeDatabases();
    rmSync(parent, { recursive: true });
  });
}

/** Opens a database that `closeDatabases()` closes. */
export async function open(options: Partial<EmbeddedDatabaseOptions>): Promise<EmbeddedDatabase> {
  const database = await openEmbeddedDatabase({
    folder: undefined,
    schema: 'pgboss',
    templateFolder: await prepareTemplate(),
    onError: fail,
    ...options,
  });
  opened.push(database);
  return database;
}

export async function closeDatabases(): Promise<void> {
  await Promise.all(opened.splice(0).map((database) => database.close()));
}

export async function query(database: EmbeddedDatabase, text: string): Promise<unknown[]> {
  return (await database.db.executeSql(text)).rows as unknown[];
}

export function fail(error: unknown): void {
  throw error;
}

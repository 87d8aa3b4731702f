import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EmbeddedDatabase,
  type EmbeddedDatabaseOptions,
  openEmbeddedDatabase,
} from '../../../../lib/pg-boss/embedded/index.js';
import { makeTemplate } from '../../../../lib/pg-boss/embedded/make-template.js';
import { getVersions, readTemplate } from '../../../../lib/pg-boss/embedded/template.js';

const GENERATED = join(import.meta.dirname, '../../../.generated');

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

/** The folder of a template, which is made once for all tests. */
export async function prepareTemplate(): Promise<string> {
  const { pglite, pgBoss } = getVersions('pgboss');
  const folder = join(GENERATED, `template-${pglite}-${pgBoss}`);
  if ((await readTemplate(folder, 'pgboss')) !== undefined) return folder;
  mkdirSync(GENERATED, { recursive: true });
  const unfinished = mkdtempSync(`${folder}-`);
  await makeTemplate(unfinished);
  try {
    renameSync(unfinished, folder);
  } catch {
    // The tests of another file were quicker.
    rmSync(unfinished, { recursive: true });
  }
  return folder;
}

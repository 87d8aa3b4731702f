import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemplate } from '../../lib/pg-boss/embedded/make-template.js';
import { getVersions, readTemplate } from '../../lib/pg-boss/embedded/template.js';
import { TEMPLATE_FOLDER } from './template-folder.js';

export const GENERATED = join(import.meta.dirname, '../.generated');

/** The folder of a template, which takes seconds to make: that of the last build, or one for all tests. */
export async function prepareTemplate(): Promise<string> {
  if (await isTemplate(TEMPLATE_FOLDER)) return TEMPLATE_FOLDER;
  const { pglite, pgBoss } = getVersions('pgboss');
  const folder = join(GENERATED, `template-${pglite}-${pgBoss}`);
  if (await isTemplate(folder)) return folder;
  const unfinished = createUnfinished();
  await makeTemplate(unfinished);
  putInPlace(unfinished, folder);
  return folder;
}

async function isTemplate(folder: string): Promise<boolean> {
  return (await readTemplate(folder, 'pgboss')) !== undefined;
}

/** A folder for what is not yet complete. */
export function createUnfinished(): string {
  mkdirSync(GENERATED, { recursive: true });
  return mkdtempSync(join(GENERATED, 'unfinished-'));
}

/** Whoever else makes the same at the same time puts it in the same place. */
export function putInPlace(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}

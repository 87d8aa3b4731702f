import { existsSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import type { PGlite, PGliteOptions } from '@electric-sql/pglite';
import { readProperty } from '../../errors/thrown.js';
import { getState, invalid, makePrivate } from './database-folder.js';
import { describePgliteError, isFileSystemError } from './describe-pglite-error.js';
import { extractTar } from './extract-tar.js';
import { hasDatabase } from './has-database.js';
import type { PGlitePackage } from './import-pglite.js';
import { readTemplate } from './template.js';

/** Where the template may be found, and for which schema it has to be. */
export interface TemplateSource {
  readonly folder: string;
  readonly schema: string;
}

/**
 * PostgreSQL fills its buffers with zeros when it starts, which takes longer than all the rest does: half a second for
 * the 128 MB that it has otherwise. What does not fit is in the memory of the system all the same.
 */
const BUFFERS = 'shared_buffers=32MB';

function toOptions(pkg: PGlitePackage): PGliteOptions {
  return { startParams: [...pkg.PGlite.defaultStartParams, '-c', BUFFERS] };
}

/**
 * The template, for PGlite: a `Blob` of that size takes a fifth of the time that all of the opening takes to give back what
 * it holds. It is not zipped: of what PGlite cannot unzip, it leaves a rejection behind that nobody handles.
 */
class Archive extends Blob {
  constructor(private readonly template: Buffer) {
    super([], { type: 'application/x-tar' });
  }

  /** PGlite copies what it takes from it, so that others can be given the same. */
  override async arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteOffset, byteLength } = this.template;
    const isWhole = byteLength === buffer.byteLength;
    return (isWhole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer;
  }
}

/** Opens a database that is gone when it is closed. */
export async function openInMemory(pkg: PGlitePackage, source: TemplateSource): Promise<PGlite> {
  const template = await readTemplate(source.folder, source.schema);
  if (template !== undefined) {
    try {
      return await pkg.PGlite.create({ ...toOptions(pkg), loadDataDir: new Archive(template) });
    } catch {
      // The template only saves time.
    }
  }
  return pkg.PGlite.create(toOptions(pkg));
}

/** Opens the database in a folder, after creating it where there is none. The folder must be locked. */
export async function openInFolder(
  pkg: PGlitePackage,
  folder: string,
  source: TemplateSource,
): Promise<PGlite> {
  const state = getState(folder);
  makePrivate(folder);
  const unfinished = `${folder}.creating`;
  rmSync(unfinished, { recursive: true, force: true });
  if (state === 'empty') {
    // Only when it is complete does it get its name, however often the process is killed before.
    await create(pkg, unfinished, source);
    putInPlace(unfinished, folder);
  }
  return openPglite(pkg, folder);
}

/** Opens the database that is in a folder. */
export async function openPglite(pkg: PGlitePackage, folder: string): Promise<PGlite> {
  const wasThere = hasDatabase(folder);
  try {
    return await pkg.PGlite.create(folder, toOptions(pkg));
  } catch (error) {
    // Of a database that it cannot read, PGlite says nothing but that it has given up.
    const advice =
      wasThere && !isFileSystemError(error)
        ? 'the database in it is damaged, or of another version of PGlite: restore a backup of the folder, or move ' +
          'it away to start anew. PGlite says: '
        : '';
    const reason = `${advice}${describePgliteError(error)}`;
    throw new Error(`PGlite could not start in '${folder}': ${reason}`, { cause: error });
  }
}

async function create(pkg: PGlitePackage, folder: string, source: TemplateSource): Promise<void> {
  const template = await readTemplate(source.folder, source.schema);
  if (template !== undefined) {
    try {
      await extractTar(template, folder);
      return;
    } catch {
      // The template only saves time.
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const pglite = await openPglite(pkg, folder);
  await pglite.close();
  makePrivate(folder);
}

function putInPlace(unfinished: string, folder: string): void {
  try {
    // Windows renames to no folder that is there, even if it is empty.
    if (existsSync(folder)) rmdirSync(folder);
    renameSync(unfinished, folder);
  } catch (error) {
    const code = readProperty(error, 'code');
    if (code !== 'EBUSY' && code !== 'EXDEV') throw error;
    rmSync(unfinished, { recursive: true, force: true });
    throw invalid(folder, 'it is where a volume is mounted. Name a folder inside of it');
  }
}

import { createFolder } from './database-folder.js';
import { EmbeddedDatabase } from './embedded-database.js';
import { importPGlite } from './import-pglite.js';
import { lockFolder } from './lock/folder-lock.js';
import { openInFolder, openInMemory, openPglite } from './open-pglite.js';
import { TEMPLATE_FOLDER } from './template-folder.js';

/** Which database to open. */
export interface EmbeddedDatabaseOptions {
  /** Where it is kept; in memory if `undefined`. */
  readonly folder: string | undefined;
  /** The schema that pg-boss will have its tables in. */
  readonly schema: string;
  /** Where a prepared database is looked for; where the build puts it unless given. */
  readonly templateFolder?: string;
  /** Hears what goes wrong in the background. */
  onError(error: unknown): void;
}

/**
 * Opens the embedded database, and creates it if there is none.
 *
 * @throws EmbeddedDatabaseInUseError if it is open already, in this process or in another one
 */
export async function openEmbeddedDatabase(options: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  const source = { folder: options.templateFolder ?? TEMPLATE_FOLDER, schema: options.schema };
  const onError = (error: unknown) => report(options, error);
  if (options.folder === undefined) {
    return new EmbeddedDatabase(await openInMemory(await importPGlite(), source), undefined, onError);
  }
  const folder = createFolder(options.folder);
  const lock = await lockFolder(folder);
  try {
    const pkg = await importPGlite();
    const pglite = await openInFolder(pkg, folder, source);
    return new EmbeddedDatabase(pglite, lock, onError, () => openPglite(pkg, folder));
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function report(options: EmbeddedDatabaseOptions, error: unknown): void {
  try {
    options.onError(error);
  } catch {
    // There is nobody left to tell, and the statements that follow are to run all the same.
  }
}

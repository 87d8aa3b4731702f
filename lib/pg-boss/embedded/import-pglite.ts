import type { PGlite } from '@electric-sql/pglite';
import { InvalidOptionsError } from '../../errors/invalid-options.error.js';
import { readProperty } from '../../errors/thrown.js';

/** What is needed of the package `@electric-sql/pglite`. */
export interface PGlitePackage {
  readonly PGlite: typeof PGlite;
}

/** Loads the optional package that the embedded database is. */
export async function importPGlite(
  load: () => Promise<PGlitePackage> = () => import('@electric-sql/pglite'),
): Promise<PGlitePackage> {
  try {
    return await load();
  } catch (error) {
    const code = readProperty(error, 'code');
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    throw new InvalidOptionsError('The embedded database', [
      "it needs the package '@electric-sql/pglite', which is not installed: npm i @electric-sql/pglite",
    ]);
  }
}

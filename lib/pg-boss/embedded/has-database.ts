import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The file that PGlite tells a database by. */
export const VERSION_FILE = 'PG_VERSION';

/** Whether there is an embedded database in a folder, rather than a place for one. */
export function hasDatabase(folder: string): boolean {
  return existsSync(join(folder, VERSION_FILE));
}

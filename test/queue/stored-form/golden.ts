import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StoredDelivery } from 'nestjs-event-drivers';

/**
 * What releases have stored: a folder for each release that stores anything in another form than the one before
 * it. Files of a release are in databases out there: they are never changed, and can be read for ever.
 */
const ROOT = dirname(fileURLToPath(import.meta.url));

/** A delivery as it was stored. */
export interface Golden extends StoredDelivery {
  /** For a dead letter, what was stored with it. */
  readonly dead?: { readonly output: unknown; readonly retryCount: number };
}

/** The releases, oldest first. */
export const RELEASES = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));

/** What a release has stored, by the names of the files. */
export function readGolden(release: string): Map<string, Golden> {
  const folder = join(ROOT, release);
  return new Map(
    readdirSync(folder).map((file) => [
      file.replace(/\.json$/, ''),
      JSON.parse(readFileSync(join(folder, file), 'utf8')) as Golden,
    ]),
  );
}

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromPglite, PgBoss } from 'pg-boss';
import { importPGlite } from './import-pglite.js';
import { getVersions, TEMPLATE_FILE, TEMPLATE_SCHEMA, TEMPLATE_VERSIONS_FILE } from './template.js';

/** Makes the template for the versions that are installed. */
export async function makeTemplate(folder: string, schema = TEMPLATE_SCHEMA): Promise<void> {
  const { PGlite } = await importPGlite();
  const pglite = await PGlite.create();
  try {
    await createTables(new PgBoss({ db: fromPglite(pglite), backend: 'pglite', schema, ...QUIET }));
    await pglite.exec('CHECKPOINT');
    const archive = await pglite.dumpDataDir('gzip');
    const versionsFile = join(folder, TEMPLATE_VERSIONS_FILE);
    // Without it the template counts as absent, so half of one is never used.
    await rm(versionsFile, { force: true });
    await writeFile(join(folder, TEMPLATE_FILE), Buffer.from(await archive.arrayBuffer()));
    await writeFile(versionsFile, `${JSON.stringify(getVersions(schema))}\n`);
  } finally {
    await pglite.close();
  }
}

/** Nothing but the tables is to be in it. */
const QUIET = { supervise: false, schedule: false, useListenNotify: false };

async function createTables(boss: PgBoss): Promise<void> {
  const errors: unknown[] = [];
  boss.on('error', (error) => errors.push(error));
  await boss.start();
  await boss.stop({ graceful: false, close: false });
  if (errors.length > 0) throw errors[0];
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { fromPglite, PgBoss } from 'pg-boss';
import { defer } from '../clean-up.mjs';
import { isSettled, PlainPgBoss } from './plain-pg-boss.mjs';

/** It has one connection: a second worker waits for the first. */
const WORK_OPTIONS = { 'batch 500 ×1': { batchSize: 500 } };

const PLAIN_SCHEMA = 'bench_plain';

/** The embedded database in a folder, which both use; this library's application opens it. */
export async function openPglite() {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  defer(() => rm(folder, { recursive: true, force: true }));
  const creator = new PgBossWorkerCreator({ connection: { embedded: folder } });
  const schemas = { ours: 'pgboss', plain: PLAIN_SCHEMA };
  const engine = {
    name: 'embedded PGlite',
    packages: ['pg-boss', '@electric-sql/pglite'],
    creator,
    notes: ['PGlite in a folder; it never fsyncs'],
    isSettled: (side, queue) => isSettled(creator.getClient(), schemas[side], queue),
    clear: async (side) => {
      await creator.getClient().exec(`TRUNCATE ${schemas[side]}.job CASCADE`);
    },
    /** There is no database before the application has been started. */
    onStarted: async () => {
      const db = fromPglite(creator.getClient());
      const boss = new PgBoss({ db, schema: PLAIN_SCHEMA, backend: 'pglite' });
      engine.plain = new PlainPgBoss(boss, WORK_OPTIONS);
      await engine.plain.start();
      defer(() => boss.stop({ graceful: false }));
    },
  };
  return engine;
}

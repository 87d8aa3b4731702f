import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { amcheck } from '@electric-sql/pglite/contrib/amcheck';

/** Checks each index and table of an embedded database that no process has. @returns what is amiss */
export async function findCorruption(folder: string): Promise<string[]> {
  const database = await PGlite.create({ dataDir: join(folder), extensions: { amcheck } });
  try {
    await database.exec('CREATE EXTENSION IF NOT EXISTS amcheck');
    const tables = await database.query<{ name: string; msg: string }>(
      `SELECT c.oid::regclass::text AS name, v.msg FROM pg_class c, verify_heapam(c.oid) v WHERE c.relkind = 'r'`,
    );
    const indexes = await database.query<{ oid: number; name: string }>(
      `SELECT c.oid, c.oid::regclass::text AS name FROM pg_class c JOIN pg_am a ON a.oid = c.relam
      WHERE c.relkind = 'i' AND a.amname = 'btree'`,
    );
    const problems = tables.rows.map(({ name, msg }) => `${name}: ${msg}`);
    for (const { oid, name } of indexes.rows) {
      await database
        .query('SELECT bt_index_check($1::oid::regclass, true)', [oid])
        .catch((error: Error) => problems.push(`${name}: ${error.message}`));
    }
    if (tables.rows.length === 0 && indexes.rows.length < 50)
      problems.push('there is hardly anything to check');
    return problems;
  } finally {
    await database.close();
  }
}

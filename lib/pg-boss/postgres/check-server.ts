import type { PostgresDb } from './postgres.types.js';

const OLDEST_VERSION = 13;

/** Settings that make the server forget what it has confirmed, and what to do about each. */
const SAFE_SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'What it has confirmed is lost when its machine fails, and its files may be damaged',
  full_page_writes: 'Its files may be damaged when its machine fails',
  synchronous_commit: 'What it has confirmed in the last moments is lost when it fails',
};

/** Looks for what makes a server less safe than it could be. @returns a sentence for each, with the remedy */
export async function checkServer(db: PostgresDb): Promise<string[]> {
  return [...(await checkSettings(db)), ...(await checkPooler(db))];
}

async function checkSettings(db: PostgresDb): Promise<string[]> {
  const { rows } = await db.executeSql('SELECT name, setting FROM pg_settings WHERE name = ANY($1::text[])', [
    ['server_version_num', ...Object.keys(SAFE_SETTINGS)],
  ]);
  const settings = new Map(
    (rows as { name: string; setting: string }[]).map((row) => [row.name, row.setting]),
  );
  const version = Math.floor(Number(settings.get('server_version_num')) / 10_000);
  const warnings = Object.entries(SAFE_SETTINGS)
    .filter(([name]) => settings.get(name) === 'off')
    .map(([name, danger]) => `The PostgreSQL server has ${name}=off. ${danger}: set ${name}=on.`);
  if (version >= OLDEST_VERSION) return warnings;
  return [...warnings, `PostgreSQL ${version} is too old: update it to ${OLDEST_VERSION} or newer.`];
}

/**
 * A pooler in transaction mode gives each transaction to any server process that is free: one
 * connection then sees another process while the one it had before is busy with a second connection.
 */
async function checkPooler(db: PostgresDb): Promise<string[]> {
  const { max = 2 } = db.poolCounts?.() ?? {};
  if (max < 2) return [];
  const isPooled = await db.withConnection(async (first) => {
    const before = await getProcess(first);
    return db.withConnection(async (second) => {
      await second.executeSql('BEGIN');
      const other = await getProcess(second);
      const after = await getProcess(first);
      await second.executeSql('ROLLBACK');
      return before !== after || before === other;
    });
  });
  return isPooled
    ? [
        'The connections go through a pooler in transaction mode, such as PgBouncer: notifications do not ' +
          'arrive and work is only found by polling; connect to PostgreSQL itself, or pool by session.',
      ]
    : [];
}

async function getProcess(db: { executeSql(text: string): Promise<{ rows: unknown[] }> }): Promise<unknown> {
  const { rows } = await db.executeSql('SELECT pg_backend_pid() AS pid');
  return (rows[0] as { pid: unknown } | undefined)?.pid;
}

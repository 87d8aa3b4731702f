import { checkServer, openPostgresDatabase, type PostgresDb } from '../../../lib/pg-boss/postgres/index.js';
import { DATABASE_URL, describePostgres } from '../../support/postgres.js';

async function check(options?: string, poolSize = 2): Promise<string[]> {
  const connection = { connectionString: DATABASE_URL, ...(options !== undefined && { options }) };
  const { db, close } = openPostgresDatabase({ connection, poolSize, onError: () => undefined });
  try {
    return await checkServer(db);
  } finally {
    await close(1000);
  }
}

const beginTransaction = () => Promise.reject(new Error('not needed'));

/** A server with settings of its own, whose sessions run in these processes, one after another. */
function fakeDb(settings: Record<string, string>, processes: readonly (readonly number[])[]): PostgresDb {
  const sessions = processes.map((pids) => [...pids]);
  const executeSql = async () => ({
    rows: Object.entries({ server_version_num: '150020', ...settings }).map(([name, setting]) => ({
      name,
      setting,
    })),
  });
  return {
    executeSql,
    beginTransaction,
    withDeadline: () => ({ executeSql, beginTransaction }),
    withConnection: (work) => {
      const pids = sessions.shift() ?? [];
      return work({
        executeSql: async (text) => ({ rows: text.includes('pid') ? [{ pid: pids.shift() }] : [] }),
      });
    },
  };
}

describePostgres('a PostgreSQL server', () => {
  it.each([1, 2])('is not warned of where it is safe, with %i connections', async (poolSize) => {
    expect((await check(undefined, poolSize)).filter((warning) => !warning.includes('fsync'))).toEqual([]);
  });

  it('is warned of where it confirms what it may forget', async () => {
    expect(await check('-c synchronous_commit=off')).toEqual([
      expect.stringMatching(/synchronous_commit=off.*: set synchronous_commit=on\.$/),
    ]);
  });
});

describe('a PostgreSQL server that is not as it should be', () => {
  const direct = [[1, 1], [2]];

  it('is warned of for each unsafe setting, with the remedy', async () => {
    expect(await checkServer(fakeDb({ fsync: 'off', full_page_writes: 'off' }, direct))).toEqual([
      expect.stringMatching(/fsync=off.*: set fsync=on\.$/),
      expect.stringMatching(/full_page_writes=off.*: set full_page_writes=on\.$/),
    ]);
  });

  it('is warned of where it is older than 13', async () => {
    expect(await checkServer(fakeDb({ server_version_num: '120022' }, direct))).toEqual([
      'PostgreSQL 12 is too old: update it to 13 or newer.',
    ]);
    expect(await checkServer(fakeDb({ server_version_num: '130000' }, direct))).toEqual([]);
  });

  it.each([
    ['two connections share a process', [[1, 1], [1]]],
    ['a connection changes its process', [[1, 3], [2]]],
  ])('is warned of behind a pooler by transaction, where %s', async (_, processes) => {
    expect(await checkServer(fakeDb({}, processes))).toEqual([expect.stringContaining('PgBouncer')]);
  });
});

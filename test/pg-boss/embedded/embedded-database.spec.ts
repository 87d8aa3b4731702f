import { jest } from '@jest/globals';
import { PgBoss } from 'pg-boss';
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../../../lib/pg-boss/embedded/index.js';

const errors: unknown[] = [];
let database: EmbeddedDatabase;

beforeAll(async () => {
  database = await openEmbeddedDatabase({ folder: undefined, schema: 'pgboss', onError: note });
  await database.db.executeSql('CREATE TABLE items (id int PRIMARY KEY, text text)');
});

afterEach(async () => {
  await database.db.executeSql('DELETE FROM items');
  expect(errors.splice(0)).toEqual([]);
});

afterAll(() => database.close());

function note(error: unknown): void {
  errors.push(error);
}

async function ids(): Promise<number[]> {
  const { rows } = await database.db.executeSql('SELECT id FROM items ORDER BY id');
  return rows.map(({ id }: { id: number }) => id);
}

function insert(id: number): [string, unknown[]] {
  return ['INSERT INTO items VALUES ($1)', [id]];
}

it('runs statements with values, and several at once without', async () => {
  await database.db.executeSql(...insert(1));
  const { rows } = await database.db.executeSql('BEGIN; INSERT INTO items VALUES (2) RETURNING id; COMMIT');
  expect(rows).toEqual([{ id: 2 }]);
  expect(await ids()).toEqual([1, 2]);
});

it('lets no statement in between one that fails and its rollback', async () => {
  const failing = database.db.executeSql('BEGIN; INSERT INTO items VALUES (1); SELECT 1/0; COMMIT');
  const next = database.db.executeSql(...insert(2));
  const transaction = database.db.beginTransaction();
  await expect(failing).rejects.toThrow('division by zero');
  await next;
  await (await transaction).commit();
  expect(await ids()).toEqual([2]);
});

it('commits what was done in a transaction, and lets the others wait for it', async () => {
  const transaction = await database.db.beginTransaction();
  await transaction.db.executeSql(...insert(1));
  let isDone = false;
  const other = database.db.executeSql(...insert(2)).then(() => (isDone = true));
  const { rows } = await transaction.db.executeSql('INSERT INTO items VALUES (3); SELECT id FROM items');
  expect(rows).toEqual([{ id: 1 }, { id: 3 }]);
  expect(isDone).toBe(false);

  await transaction.commit();
  await other;
  expect(await ids()).toEqual([1, 2, 3]);
});

it('hands out what PGlite calls the transaction', async () => {
  const transaction = await database.db.beginTransaction();
  await transaction.client.query('INSERT INTO items VALUES ($1)', [1]);
  await transaction.rollback();
  expect(await ids()).toEqual([]);
});

it('runs what a transaction was given before it is committed, awaited or not', async () => {
  const transaction = await database.db.beginTransaction();
  const given = [1, 2, 3].map((id) => transaction.db.executeSql(...insert(id)));
  await transaction.commit();
  await Promise.all(given);
  expect(await ids()).toEqual([1, 2, 3]);
});

it('rolls back as often as it is asked to, also after a commit, and never rejects', async () => {
  const rolledBack = await database.db.beginTransaction();
  await rolledBack.db.executeSql(...insert(1));
  await Promise.all([rolledBack.rollback(), rolledBack.rollback()]);
  await rolledBack.rollback();
  const committed = await database.db.beginTransaction();
  await committed.db.executeSql(...insert(2));
  await committed.commit();
  await committed.rollback();
  expect(await ids()).toEqual([2]);
});

it('takes nothing more for a transaction that is settled', async () => {
  const transaction = await database.db.beginTransaction();
  const commit = transaction.commit();
  const settled = 'The transaction has been committed or rolled back already.';
  await expect(transaction.db.executeSql(...insert(1))).rejects.toThrow(settled);
  await expect(transaction.commit()).rejects.toThrow(settled);
  await commit;
  expect(await ids()).toEqual([]);
});

it('keeps a transaction that failed from doing anything outside of it', async () => {
  const transaction = await database.db.beginTransaction();
  await expect(transaction.db.executeSql('SELECT 1/0')).rejects.toThrow('division by zero');
  await expect(transaction.db.executeSql(...insert(1))).rejects.toThrow('aborted');
  await expect(transaction.commit()).rejects.toThrow();
  expect(await ids()).toEqual([]);
});

it('hears notifications until it stops listening, and survives one who cannot bear them', async () => {
  const heard: string[] = [];
  const onReconnect = jest.fn();
  const hear = (payload: string) => {
    heard.push(payload);
    if (payload === 'bad') throw new Error('Cannot bear it');
  };
  const listening = await database.db.listen('news', hear, onReconnect);
  await database.db.executeSql("NOTIFY news, 'bad'");
  await database.db.executeSql("NOTIFY news, 'good'");
  await listening.close();
  await database.db.executeSql("NOTIFY news, 'late'");

  expect(heard).toEqual(['bad', 'good']);
  expect(onReconnect).toHaveBeenCalledTimes(1);
  expect(errors.splice(0)).toEqual([new Error('Cannot bear it')]);
});

/**
 * Does something, again if need be, because the machine may be busy with something else. Left to itself it has more
 * than four fifths of the ticks; a database that makes way for nothing has none.
 *
 * @returns the part of the ticks of a timer that came meanwhile
 */
async function countTicks(work: () => Promise<unknown>): Promise<number> {
  let best = 0;
  for (let attempt = 0; attempt < 3 && best < 0.3; attempt++) {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    const startedAt = performance.now();
    await work();
    const expected = (performance.now() - startedAt) / 5;
    clearInterval(timer);
    best = Math.max(best, ticks / expected);
  }
  return best;
}

describe('pg-boss', () => {
  let boss: PgBoss;

  beforeAll(async () => {
    boss = new PgBoss({ db: database.db, backend: 'pglite', supervise: false, schedule: false });
    boss.on('error', note);
    await boss.start();
    await boss.createQueue('work');
    for (let i = 0; i < 100; i++) await boss.send('work', { i });
  });

  afterAll(() => boss.stop({ graceful: false }));

  it('leaves the event loop its turns while a thousand jobs are sent one after another', async () => {
    const ticks = await countTicks(async () => {
      for (let i = 0; i < 1000; i++) await boss.send('work', { i });
    });
    expect(ticks).toBeGreaterThanOrEqual(0.3);
  });

  it('leaves the event loop its turns while a thousand jobs are sent at once', async () => {
    const ticks = await countTicks(() =>
      Promise.all(Array.from({ length: 1000 }, (_, i) => boss.send('work', { i }))),
    );
    expect(ticks).toBeGreaterThanOrEqual(0.3);
  });

  it('completes a job in the transaction of its handler', async () => {
    await boss.createQueue('settled');
    const id = await boss.send('settled', {});
    const done = Promise.withResolvers<void>();
    await boss.work(
      'settled',
      { transactional: true, pollingIntervalSeconds: 0.5 },
      async (_jobs, transaction) => {
        await transaction.executeSql('INSERT INTO items VALUES (7)');
        done.resolve();
      },
    );
    await done.promise;
    await boss.offWork('settled', { wait: true });
    expect(await ids()).toEqual([7]);
    expect(await boss.getJobById('settled', id!)).toMatchObject({ state: 'completed' });
  });
});

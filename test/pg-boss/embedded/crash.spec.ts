import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { jest } from '@jest/globals';
import { EmbeddedDatabase } from '../../../lib/pg-boss/embedded/index.js';
import { rejectionOf } from '../../support/drivers.js';
import { itWith, SmallDisk } from '../../support/small-disk.js';
import { until } from '../../support/until.js';
import { closeDatabases, fail, open, query } from './support/databases.js';

const disk = new SmallDisk('120m');
afterEach(closeDatabases);
afterAll(() => disk.remove());

/** Without a byte left, PostgreSQL cannot finish a checkpoint, and gives up. */
async function crash(database: EmbeddedDatabase): Promise<unknown> {
  disk.fill();
  return rejectionOf(database.db.executeSql('CHECKPOINT'));
}

itWith(
  disk.problem,
  'an embedded database that has crashed says so, and is opened again by itself',
  async () => {
    const errors: unknown[] = [];
    const folder = join(disk.path, 'database');
    const database = await open({ folder, onError: (error) => errors.push(error) });
    const heard: string[] = [];
    let subscriptions = 0;
    await database.db.setSessionStatements(["SET application_name = 'kept'"]);
    await database.db.listen(
      'channel',
      (payload) => heard.push(payload),
      () => subscriptions++,
    );
    await query(database, 'CREATE TABLE items AS SELECT 1 AS id');

    expect(await crash(database)).toMatchObject({
      code: '57P02',
      message: expect.stringContaining('No space left on device'),
    });
    disk.makeRoom();
    expect(await query(database, 'INSERT INTO items VALUES (3) RETURNING id')).toEqual([{ id: 3 }]);
    expect(await query(database, 'SHOW application_name')).toEqual([{ application_name: 'kept' }]);
    expect(subscriptions).toBe(2);
    await query(database, "NOTIFY channel, 'again'");
    await until('it is heard', () => heard.includes('again'));
    await database.close();
    expect(await query(await open({ folder }), 'SELECT id FROM items ORDER BY id')).toEqual([
      { id: 1 },
      { id: 3 },
    ]);
  },
);

itWith(
  disk.problem,
  'a transaction of an embedded database that crashes fails, and holds up nothing',
  async () => {
    const database = await open({ folder: join(disk.path, 'other'), onError: () => undefined });
    await query(database, 'CREATE TABLE items (id int)');
    const transaction = await database.db.beginTransaction();
    await transaction.db.executeSql('INSERT INTO items VALUES (1)');
    disk.fill();
    await rejectionOf(database.pglite.runExclusive(() => database.pglite.execProtocol(checkpointMessage())));
    expect(await rejectionOf(transaction.commit())).toMatchObject({ code: '57P02' });
    disk.makeRoom();
    await until('it is open again', () =>
      query(database, 'SELECT id FROM items').then(
        (rows) => rows.length === 0,
        () => false,
      ),
    );
  },
);

/** A simple query, as PostgreSQL's protocol has it. */
function checkpointMessage(): Uint8Array {
  const text = Buffer.from('CHECKPOINT\0');
  const head = Buffer.alloc(5);
  head.write('Q');
  head.writeInt32BE(text.length + 4, 1);
  return Buffer.concat([head, text]);
}

it('an embedded database that cannot be opened again is not tried over and over, and not given up either', async () => {
  const reopenings: number[] = [];
  const { database } = await openBroken(async () => {
    reopenings.push(performance.now());
    if (reopenings.length < 3) throw Object.assign(Object.create(null), { name: 'ErrnoError', errno: 51 });
    return PGlite.create();
  });
  await rejectionOf(query(database, 'SELECT 1'));
  const refusals = new Set<string>();
  await until('it is open again', () =>
    query(database, 'SELECT 1').then(
      () => true,
      ({ code, message }: Error & { code: string }) => {
        expect(code).toBe('57P03');
        refusals.add(message);
        return false;
      },
    ),
  );
  expect([...refusals]).toEqual([
    'The embedded database has crashed, and it cannot be opened again: no space left on device',
    'The embedded database has crashed, and it is opened again in a moment',
  ]);
  expect(reopenings).toHaveLength(3);
  // A pause begins a moment before what it follows, which is noted here.
  expect(reopenings[2]! - reopenings[0]!).toBeGreaterThan(1990);
  await database.close();
});

it('an embedded database in memory that has crashed is lost, and says so', async () => {
  const { database, cause } = await openBroken();
  expect(await rejectionOf(query(database, 'SELECT 1'))).toMatchObject({ code: '57P02', cause });
  expect(await rejectionOf(query(database, 'SELECT 1'))).toMatchObject({
    code: '57P03',
    message: expect.stringContaining('in memory, and is lost'),
  });
});

/** A database whose next statement goes right through PostgreSQL. */
async function openBroken(
  reopen?: () => Promise<PGlite>,
): Promise<{ database: EmbeddedDatabase; cause: Error }> {
  const { pglite } = await open({});
  const cause = new Error('no more');
  jest.spyOn(pglite, 'execProtocolRawSync').mockImplementationOnce(() => {
    throw cause;
  });
  return { database: new EmbeddedDatabase(pglite, undefined, fail, reopen), cause };
}

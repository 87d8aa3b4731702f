import { jest } from '@jest/globals';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { useParent, open, query } from './support/databases.js';

let folder: string;

useParent((parent) => {
  folder = join(parent, 'database');
});

it('waits for what was issued, refuses what comes later, and may be asked for more than once', async () => {
  const database = await open({ folder });
  const issued = database.db.executeSql('CREATE TABLE items AS SELECT 1 AS id');
  const closing = database.close();
  await expect(database.db.executeSql('SELECT 1')).rejects.toThrow('The embedded database is closed.');
  await expect(database.db.beginTransaction()).rejects.toThrow('The embedded database is closed.');
  await issued;
  await Promise.all([closing, database.close()]);
  expect(existsSync(`${folder}.lock`)).toBe(false);
  expect(await query(await open({ folder }), 'SELECT id FROM items')).toEqual([{ id: 1 }]);
});

it('rolls back transactions that are open, or waiting to be', async () => {
  const database = await open({ folder });
  await database.db.executeSql('CREATE TABLE items (id int)');
  const transactions = [database.db.beginTransaction(), database.db.beginTransaction()];
  await (await transactions[0]!).db.executeSql('INSERT INTO items VALUES (1)');
  await database.close();
  await expect((await transactions[1]!).db.executeSql('SELECT 1')).rejects.toThrow('rolled back already');
  expect(await query(await open({ folder }), 'SELECT id FROM items')).toEqual([]);
});

it('reports what goes wrong, and frees the folder all the same', async () => {
  const onError = jest.fn();
  const database = await open({ folder, onError });
  const full = new Error('No space left on device');
  jest.spyOn(database.pglite, 'exec').mockRejectedValueOnce(full);
  await database.close();
  expect(onError.mock.calls).toEqual([[full]]);
  expect(existsSync(`${folder}.lock`)).toBe(false);
});

it('stops listening without an error afterwards', async () => {
  const database = await open({});
  const listening = await database.db.listen(
    'news',
    () => undefined,
    () => undefined,
  );
  await database.close();
  await expect(listening.close()).resolves.toBeUndefined();
});

it('leaves nothing behind that would keep the process running', async () => {
  const before = process.getActiveResourcesInfo().toSorted();
  await (await open({ folder })).close();
  // What is closed is gone after the turn of the event loop that it is closed in.
  await nextTurn();
  expect(process.getActiveResourcesInfo().toSorted()).toEqual(before);
});

it('frees the folder when the database cannot be opened', async () => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'PG_VERSION'), 'none');
  await expect(open({ folder })).rejects.toThrow();
  expect(existsSync(`${folder}.lock`)).toBe(false);
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedDatabaseInUseError, InvalidOptionsError } from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { openEmbeddedDatabase } from '../../lib/pg-boss/embedded/index.js';
import { migrateStore } from '../../lib/pg-boss/migrate-store.js';
import { closeApps } from '../support/app.js';
import { startQueue } from '../support/queue.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opening-'));
});

afterEach(async () => {
  await closeApps();
  await rm(folder, { recursive: true, force: true });
});

function start() {
  const creator = PgBossWorkerCreator.forRoot({ connection: { embedded: folder } });
  return startQueue({ creator, uniqueName: () => 'queue' });
}

test('an embedded database that is in use is named as such, with its owner', async () => {
  await start();
  const second = start();
  await expect(second).rejects.toBeInstanceOf(EmbeddedDatabaseInUseError);
  await expect(second).rejects.toMatchObject({
    code: 'EVENTS_EMBEDDED_IN_USE',
    owner: { pid: process.pid },
    message: expect.stringMatching(/^The embedded database in '.+' is in use by this process itself/),
  });
});

test('an embedded database of a newer pg-boss is refused, and left as it is', async () => {
  const open = () => openEmbeddedDatabase({ folder, schema: 'pgboss', onError: () => undefined });
  const read = async (text: string) => {
    const database = await open();
    const { rows } = await database.db.executeSql(text);
    await database.close();
    return rows;
  };
  await migrateStore({ connection: { embedded: folder } });
  await read('UPDATE pgboss.version SET version = 999');
  await expect(start()).rejects.toThrow(/'pgboss' are of version 999.*update it/);
  expect(await read('SELECT version FROM pgboss.version')).toEqual([{ version: 999 }]);
  expect(await read('SELECT name FROM pgboss.queue')).toEqual([]);
});

test('a folder that has something else in it is an error of the options', async () => {
  await writeFile(join(folder, 'notes.txt'), 'mine');
  await expect(start()).rejects.toBeInstanceOf(InvalidOptionsError);
});

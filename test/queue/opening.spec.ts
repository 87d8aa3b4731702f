import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedDatabaseInUseError, InvalidOptionsError } from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
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
  return startQueue({ creator, uniqueName: () => 'queue', schema: undefined });
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

test('a folder that has something else in it is an error of the options', async () => {
  await writeFile(join(folder, 'notes.txt'), 'mine');
  await expect(start()).rejects.toBeInstanceOf(InvalidOptionsError);
});

import { randomUUID } from 'node:crypto';
import { cp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';

/** One that is ready to be copied, which takes less time than to create one. */
const template = join(tmpdir(), `events-${randomUUID()}`);

beforeAll(async () => {
  const engine = new PgBossWorkerCreator({ connection: { embedded: template } });
  await engine.open({ queues: [], isWorker: true, strict: false, onError: () => {}, onWarning: () => {} });
  await engine.close();
});

afterAll(() => rm(template, { recursive: true, force: true }));

/** A folder with an embedded database that nothing is in. */
export async function copyTemplate(): Promise<string> {
  const folder = join(tmpdir(), `events-${randomUUID()}`);
  await cp(template, folder, { recursive: true });
  return folder;
}

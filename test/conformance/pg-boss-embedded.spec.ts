import { randomUUID } from 'node:crypto';
import { cp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PGlite, Transaction } from '@electric-sql/pglite';
import { Logger } from '@nestjs/common';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import {
  type EngineHarness,
  type HarnessTransaction,
  describeWorkerCreator,
} from 'nestjs-event-drivers/testing';
import type { WorkerCreator } from 'nestjs-event-drivers';

Logger.overrideLogger(false);

/** One that is ready to be copied, which takes less time than to create one. */
const template = join(tmpdir(), `events-${randomUUID()}`);

beforeAll(async () => {
  const engine = new PgBossWorkerCreator({ connection: { embedded: template } });
  await engine.open({ queues: [], isWorker: true, strict: false, onError: () => {}, onWarning: () => {} });
  await engine.close();
});

afterAll(() => rm(template, { recursive: true, force: true }));

/** A folder is its process's alone: what is left of a crash is found when it is opened again. */
const harness: EngineHarness = {
  createStore: async () => {
    const folder = join(tmpdir(), `events-${randomUUID()}`);
    await cp(template, folder, { recursive: true });
    return {
      create: () => new PgBossWorkerCreator({ connection: { embedded: folder } }),
      crash: (engine) => engine.close(),
      expireHeartbeats: () => {},
      destroy: () => rm(folder, { recursive: true, force: true }),
      beginTransaction: (engine) => begin(engine),
    };
  },
};

describeWorkerCreator('PgBossWorkerCreator, embedded', harness, { describe, it, afterAll });

/** A transaction of PGlite that is settled from outside. */
async function begin(engine: WorkerCreator): Promise<HarnessTransaction> {
  const pglite = (engine as PgBossWorkerCreator).getClient<PGlite>();
  const begun = Promise.withResolvers<Transaction>();
  const decided = Promise.withResolvers<boolean>();
  const ended = pglite.transaction(async (transaction) => {
    begun.resolve(transaction);
    if (!(await decided.promise)) await transaction.rollback();
  });
  const end = (isCommit: boolean): Promise<void> => {
    decided.resolve(isCommit);
    return ended;
  };
  return { transaction: await begun.promise, commit: () => end(true), rollback: () => end(false) };
}

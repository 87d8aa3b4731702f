import { rm } from 'node:fs/promises';
import { Logger } from '@nestjs/common';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { describeWorkerCreator, type EngineHarness } from 'nestjs-event-drivers/testing';
import { copyTemplate } from './support/pglite-template.js';
import { beginPgliteTransaction } from './support/pglite-transaction.js';

Logger.overrideLogger(false);

/** A folder is its process's alone: what is left of a crash is found when it is opened again. */
const harness: EngineHarness = {
  createStore: async () => {
    const folder = await copyTemplate();
    return {
      create: () => new PgBossWorkerCreator({ connection: { embedded: folder } }),
      crash: (engine) => engine.close(),
      expireHeartbeats: () => {},
      destroy: () => rm(folder, { recursive: true, force: true }),
      beginTransaction: (engine) => beginPgliteTransaction(engine),
    };
  },
};

describeWorkerCreator('PgBossWorkerCreator, embedded', harness, { describe, it, afterAll });

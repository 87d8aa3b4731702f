import { rm } from 'node:fs/promises';
import { Logger } from '@nestjs/common';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import type { EngineStore } from 'nestjs-event-drivers/testing';
import { copyTemplate } from '../conformance/support/pglite-template.js';
import { beginPgliteTransaction } from '../conformance/support/pglite-transaction.js';
import { driverCompliance } from './compliance/driver-compliance.js';
import { createEmbeddedHarness } from './engines/embedded.js';

Logger.overrideLogger(false);

describe('The durable queue', () => {
  driverCompliance({ ...createEmbeddedHarness(), engine: { createStore } });
});

/** A folder is its process's alone: what is left of a crash is found when it is opened again. */
async function createStore(): Promise<EngineStore> {
  const folder = await copyTemplate();
  return {
    create: () => new PgBossWorkerCreator({ connection: { embedded: folder } }),
    crash: (engine) => engine.close(),
    expireHeartbeats: () => {},
    destroy: () => rm(folder, { recursive: true, force: true }),
    beginTransaction: (engine) => beginPgliteTransaction(engine),
  };
}

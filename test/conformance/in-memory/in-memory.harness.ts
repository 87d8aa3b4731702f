import type { EngineHarness } from 'nestjs-event-drivers/testing';
import { InMemoryStore } from './in-memory.store.js';
import { InMemoryTransaction } from './in-memory.transaction.js';
import { InMemoryWorkerCreator } from './in-memory.worker-creator.js';

/** Stores in memory, of the classes that are given. */
export function inMemory(
  engineClass: typeof InMemoryWorkerCreator = InMemoryWorkerCreator,
  storeClass: typeof InMemoryStore = InMemoryStore,
  patienceMs = 5000,
): EngineHarness {
  return {
    patienceMs,
    createStore: () => {
      const store = new storeClass();
      const engines: InMemoryWorkerCreator[] = [];
      return {
        create: () => {
          const engine = new engineClass(store);
          engines.push(engine);
          return engine;
        },
        destroy: () => {},
        crash: (engine) => engine.close(),
        expireHeartbeats: () => engines.forEach((engine) => engine.expire()),
        beginTransaction: () => {
          const transaction = new InMemoryTransaction(store);
          return {
            transaction,
            commit: () => transaction.commit(),
            rollback: () => transaction.rollback(),
          };
        },
      };
    },
  };
}

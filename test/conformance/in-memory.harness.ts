import {
  type EngineHarness,
  type InMemoryOptions,
  InMemoryStore,
  InMemoryWorkerCreator,
} from 'nestjs-event-drivers/testing';
import { InMemoryTransaction } from '../../lib/testing/in-memory/in-memory.transaction.js';

/** What is made of the engine, and how. */
interface Made {
  readonly engine?: typeof InMemoryWorkerCreator;
  readonly store?: typeof InMemoryStore;
  readonly options?: Omit<InMemoryOptions, 'store'>;
  readonly patienceMs?: number;
}

/** Stores in memory. */
export function inMemory({
  engine: engineClass = InMemoryWorkerCreator,
  store: storeClass = InMemoryStore,
  options = {},
  patienceMs = 5000,
}: Made = {}): EngineHarness {
  return {
    patienceMs,
    createStore: () => {
      const store = new storeClass();
      return {
        create: () => new engineClass({ ...options, store }),
        destroy: () => {},
        crash: (engine) => engine.close(),
        expireHeartbeats: () => {
          for (const owner of store.silent) owner.silentSince = -Infinity;
          store.announce();
        },
        beginTransaction: () => {
          const transaction = new InMemoryTransaction();
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

import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { openTables } from '../../support/back-door.js';
import { folderStore } from '../../support/stores.js';
import type { ReliabilityHarness, Store } from '../compliance/harness.js';

/** pg-boss on PGlite: each store is a folder. */
export function createEmbeddedHarness(): ReliabilityHarness {
  return {
    name: 'embedded (PGlite)',
    capabilities: new Set(['transactional']),
    createStore: () => Promise.resolve(createStore()),
  };
}

function createStore(): Store {
  const { query, read, remove, ...options } = folderStore();
  return {
    place: { store: options },
    creator: PgBossWorkerCreator.forRoot(options),
    table: 'effects',
    query,
    read,
    ...openTables('pgboss', query),
    // Whoever opens it next knows that whoever had it is dead.
    forget: () => Promise.resolve(),
    remove: async () => remove(),
  };
}

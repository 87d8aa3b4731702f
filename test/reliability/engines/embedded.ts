import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { openEmbeddedDatabase } from '../../../lib/pg-boss/embedded/index.js';
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
  const { read, remove, ...options } = folderStore();
  const { embedded: folder } = options.connection;
  return {
    place: { store: options },
    creator: PgBossWorkerCreator.forRoot(options),
    table: 'effects',
    query: async (text) => {
      const database = await openEmbeddedDatabase({ folder, schema: 'pgboss', onError: () => undefined });
      const { rows } = await database.db.executeSql(text);
      await database.close();
      return rows as unknown[];
    },
    read,
    // Whoever opens it next knows that whoever had it is dead.
    forget: () => Promise.resolve(),
    remove: async () => remove(),
  };
}

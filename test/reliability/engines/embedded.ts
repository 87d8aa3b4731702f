import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { openEmbeddedDatabase } from '../../../lib/pg-boss/embedded/index.js';
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
  const { read, remove, ...options } = folderStore();
  const { embedded: folder } = options.connection;
  const query = async (text: string, values?: unknown[]): Promise<unknown[]> => {
    const database = await openEmbeddedDatabase({ folder, schema: 'pgboss', onError: () => undefined });
    const { rows } = await database.db.executeSql(text, values);
    await database.close();
    return rows as unknown[];
  };
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

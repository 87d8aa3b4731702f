import { openEmbeddedDatabase } from '../../lib/pg-boss/embedded/index.js';
import { ChildApp, LedgerFolder } from '../support/child-app.js';
import { describePostgres, useSchemaOfEach } from '../support/postgres.js';
import { describeRedis, usePrefixOfEach } from '../support/redis.js';
import {
  ageHeartbeats,
  folderStore,
  postgresStore,
  redisStore,
  type ServerStore,
} from '../support/stores.js';
import { until } from '../support/until.js';

/** A store whose processes are killed; of a folder, it is known what is in it once nobody has it open. */
interface Killed extends Pick<ServerStore, 'place' | 'read' | 'forget'> {
  readonly effects?: Effects;
  remove?(): void;
}

/** Where transactional listeners have effects. */
interface Effects {
  readonly table: string;
  readonly createTable: () => Promise<unknown>;
  readonly read: () => Promise<string[]>;
}

const BOOKINGS = 20;

async function count(child: ChildApp) {
  child.tell({ count: true });
  return (await child.hears('counted')).counted;
}

/** @param hasTransactions whether it has transactional listeners */
function tests(getStore: () => Killed, hasTransactions = true): void {
  let store: Killed;
  let ledgers: LedgerFolder;

  beforeEach(() => {
    store = getStore();
    ledgers = new LedgerFolder();
  });
  afterEach(() => store.remove?.());

  const start = (more: object = {}) => ChildApp.start({ ledgers: ledgers.path, ...store.place, ...more });

  it('runs once what is to run once, and has it as a dead letter then', async () => {
    const first = await start({ runOnce: true });
    first.tell({ dispatch: 'once', parallel: 1, count: 1, payload: { behaviour: 'die' } });
    await first.hasExited();
    await store.forget();
    const second = await start({ runOnce: true });
    await second.dispatch({ dispatch: 'other', parallel: 1, count: 1 });
    await until('all is settled', async () => (await count(second)).open === 0);
    expect(await count(second)).toEqual({ open: 0, dead: 1 });
    await second.kill();
    expect(ledgers.ids('started').filter((id) => id === 'once-0')).toHaveLength(1);
    const dead = (await store.read()).filter(({ name }) => name === 'queue/dead');
    expect(dead).toEqual([expect.objectContaining({ task: 'once-0' })]);
  });

  if (!hasTransactions) return;

  it('has the effects of transactional listeners once, killed between the effect and the completion', async () => {
    const { table, createTable, read } = store.effects!;
    await createTable();
    const first = await start({ retries: 5 });
    await first.dispatch({
      dispatch: 'a',
      parallel: 1,
      count: BOOKINGS,
      batch: BOOKINGS,
      payload: { table, ms: 5 },
    });
    first.tell({ dispatch: 'b', parallel: 1, count: 1, payload: { table, behaviour: 'die-when-done' } });
    await first.hasExited();
    await store.forget();
    const second = await start({ retries: 5 });
    const before = ledgers.ids('done').length;
    await until('some more are done', () => ledgers.ids('done').length > before);
    await second.kill();
    await store.forget();
    const third = await start({ retries: 5 });
    await until('all is settled', async () => (await count(third)).open === 0);
    expect(await count(third)).toEqual({ open: 0, dead: 0 });
    await third.kill();

    expect(ledgers.ids('started').filter((id) => id === 'b-0').length).toBeGreaterThan(1);
    const effects = await read();
    expect(effects).toHaveLength(BOOKINGS + 1);
    expect(new Set(effects).size).toBe(BOOKINGS + 1);
  });
}

describePostgres('A process that is killed, on PostgreSQL', () => {
  const schema = useSchemaOfEach();
  tests(() => {
    const { read, ...options } = postgresStore(schema);
    const table = `${schema.name}.effects`;
    return {
      place: { store: options },
      read,
      effects: {
        table,
        createTable: () => schema.query(`CREATE TABLE ${table} (id text)`),
        read: async () => (await schema.query<{ id: string }>(`SELECT id FROM ${table}`)).map(({ id }) => id),
      },
      forget: () => ageHeartbeats(schema),
    };
  });
});

describeRedis('A process that is killed, on Redis', () => {
  const store = redisStore(usePrefixOfEach());
  tests(() => store, false);
});

describe('A process that is killed, on an embedded database', () => {
  tests(() => {
    const { read, remove, ...options } = folderStore();
    const query = async (text: string): Promise<unknown[]> => {
      const { embedded: folder } = options.connection;
      const database = await openEmbeddedDatabase({ folder, schema: 'pgboss', onError: () => undefined });
      const { rows } = await database.db.executeSql(text);
      await database.close();
      return rows;
    };
    return {
      place: { store: options },
      read,
      remove,
      effects: {
        table: 'effects',
        createTable: () => query('CREATE TABLE effects (id text)'),
        read: async () => ((await query('SELECT id FROM effects')) as { id: string }[]).map(({ id }) => id),
      },
      forget: () => Promise.resolve(),
    };
  });
});

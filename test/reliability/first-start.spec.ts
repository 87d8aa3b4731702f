import { ChildApp, LedgerFolder } from '../support/child-app.js';
import { hasPrivatePostgres, PrivatePostgres } from '../support/private-postgres.js';
import { until } from '../support/until.js';

const isPossible = hasPrivatePostgres();
if (!isPossible) console.warn('Skipped: a first start. There is no initdb, or no right to run it.');

const PROCESSES = 4;
const APPLICATIONS = 5;
const MOST_MS = 20_000;

(isPossible ? describe : describe.skip)('Many applications that start at once on an empty server', () => {
  let server: PrivatePostgres;

  beforeAll(async () => {
    server = await PrivatePostgres.create();
  });
  afterAll(() => server.remove());

  it('are all there in time, with tables that were made once, and work', async () => {
    const ledgers = new LedgerFolder();
    // Together they have fewer connections than the server allows.
    const store = { connection: server.url, poolSize: 2 };
    const config = { ledgers: ledgers.path, store, applications: APPLICATIONS };
    const started = performance.now();
    const children = await Promise.all(Array.from({ length: PROCESSES }, () => ChildApp.start(config)));
    const tookMs = performance.now() - started;
    console.info(`${PROCESSES * APPLICATIONS} applications were there after ${Math.round(tookMs)} ms`);
    expect(tookMs).toBeLessThan(MOST_MS);
    expect(await server.query('SELECT count(*)::int AS count FROM pgboss.version')).toEqual([{ count: 1 }]);

    await Promise.all(
      children.map((child, index) => child.dispatch({ dispatch: `from${index}`, parallel: 1, count: 5 })),
    );
    await until('all is done', () => ledgers.ids('done').length >= 5 * PROCESSES);
    expect(ledgers.ids('done').toSorted()).toEqual(ledgers.ids('acked').toSorted());
    expect(ledgers.ids('rejected')).toEqual([]);
    expect(ledgers.ids('unhandled')).toEqual([]);
    await Promise.all(children.map((child) => child.kill()));
  });
});

import { ChildApp, LedgerFolder } from '../support/child-app.js';
import { getKills } from '../support/load.js';
import { DATABASE_URL, describePostgres, useSchemaOfEach } from '../support/postgres.js';
import { postgresStore } from '../support/stores.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

const KILLS = getKills(5);

describePostgres('A process that is killed between a dispatch and its acknowledgement', () => {
  const schema = useSchemaOfEach();
  const store = postgresStore(schema);

  /** Kills a process once `isTime`, in the middle of a dispatch that the network treats like this. */
  async function killMidway(
    treat: (proxy: TcpProxy) => void,
    isTime: (id: string) => Promise<boolean>,
  ): Promise<LedgerFolder> {
    const ledgers = new LedgerFolder();
    for (let round = 0; round < KILLS; round++) {
      const proxy = await TcpProxy.openFor(DATABASE_URL);
      const connection = proxy.through(DATABASE_URL);
      const child = await ChildApp.start({
        ledgers: ledgers.path,
        store: { ...store, connection },
        workers: false,
      });
      treat(proxy);
      child.tell({ dispatch: `r${round}`, parallel: 1, count: 1 });
      await until('it is time', () => isTime(`r${round}-0`));
      await child.kill();
      await proxy.close();
    }
    return ledgers;
  }

  const readIds = async () => (await store.read()).map(({ task }) => task);

  it('has stored nothing of what did not reach the server', async () => {
    let since = 0;
    const ledgers = await killMidway(
      (proxy) => {
        proxy.blackhole();
        since = performance.now();
      },
      async () => performance.now() - since > 100,
    );
    expect(await readIds()).toEqual([]);
    expect(ledgers.ids('acked')).toEqual([]);
  });

  it('has stored all that was committed, although it never heard of it', async () => {
    const ledgers = await killMidway(
      (proxy) => proxy.withholdAnswers(),
      async (id) => (await readIds()).includes(id),
    );
    expect((await readIds()).toSorted()).toEqual(
      Array.from({ length: KILLS }, (_, round) => `r${round}-0`).toSorted(),
    );
    expect(ledgers.ids('acked')).toEqual([]);

    const worker = await ChildApp.start({ ledgers: ledgers.path, store });
    await until('all are done', async () => (await store.read()).every(({ state }) => state === 'completed'));
    expect(ledgers.ids('done').toSorted()).toEqual((await readIds()).toSorted());
    await worker.kill();
  });
});

import {
  ClsPluginTransactional,
  getTransactionHostToken,
  type TransactionHost,
} from '@nestjs-cls/transactional';
import { TransactionalAdapterTypeOrm } from '@nestjs-cls/transactional-adapter-typeorm';
import { Injectable } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import { ClsModule } from 'nestjs-cls';
import {
  BaseEvent,
  EventConfig,
  EventService,
  InvalidOptionsError,
  OnEvent,
  QueueDriver,
} from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { DataSource } from 'typeorm';
import { closeApps, startApp, syncConfig } from '../support/app.js';
import { DATABASE_URL } from '../support/postgres.js';
import { onPostgres, type PostgresStore } from '../support/queue.js';
import { until } from '../support/until.js';

class Paid extends BaseEvent<{ no: number }> {}

@Injectable()
class Listener {
  readonly heard: number[] = [];

  @OnEvent(Paid)
  hear(event: Paid): void {
    this.heard.push(event.getPayload().no);
  }
}

let source: DataSource;

beforeAll(async () => {
  source = await new DataSource({ type: 'postgres', url: DATABASE_URL }).initialize();
});

afterEach(closeApps);
afterAll(() => source.destroy());

/** An application whose connection, and the transactions of it, are called 'main'. */
async function start(
  store: PostgresStore,
  ambientTransactions: boolean | string,
  warnings: string[] = [],
): Promise<{ app: TestingModule; events: EventService; host: TransactionHost; heard: readonly number[] }> {
  const name = store.uniqueName();
  class Creator extends PgBossWorkerCreator {
    constructor() {
      super({ connection: DATABASE_URL, schema: store.schema.name, ambientTransactions });
    }

    override open(options: Parameters<PgBossWorkerCreator['open']>[0]): Promise<void> {
      return super.open({ ...options, onWarning: (message) => warnings.push(message) });
    }
  }
  const plugin = new ClsPluginTransactional({
    connectionName: 'main',
    adapter: new TransactionalAdapterTypeOrm({ dataSourceToken: DataSource }),
    imports: [
      {
        module: class Source {},
        providers: [{ provide: DataSource, useValue: source }],
        exports: [DataSource],
      },
    ],
  });
  const app = await startApp(
    syncConfig({
      defaultDriver: name,
      drivers: { [name]: EventConfig.createConfigDriver(QueueDriver, { workerCreator: Creator }) },
    }),
    [Listener],
    { imports: [ClsModule.forRoot({ plugins: [plugin] })] },
  );
  return {
    app,
    events: app.get(EventService),
    host: app.get<TransactionHost>(getTransactionHostToken('main')),
    heard: app.get(Listener).heard,
  };
}

onPostgres('The transactions of a connection with a name', (store) => {
  test('are joined where the name is given', async () => {
    const warnings: string[] = [];
    const { events, host, heard } = await start(store, 'main', warnings);
    const rolledBack = host.withTransaction(async () => {
      await events.dispatch(new Paid({ no: 1 }));
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    await host.withTransaction(() => events.dispatch(new Paid({ no: 2 })));
    await until('it is heard', () => heard.length > 0);
    expect(heard).toEqual([2]);
    expect(warnings).toEqual([]);
  });

  test.each([true, 'mian'])('are not by %p, and a warning says so once, with the remedy', async (joined) => {
    const warnings: string[] = [];
    const { events, host } = await start(store, joined, warnings);
    for (const no of [1, 2]) await host.withTransaction(() => events.dispatch(new Paid({ no })));
    expect(warnings).toEqual([
      `@nestjs-cls/transactional has ${joined === true ? 'no connection without a name' : "no connection 'mian'"}, ` +
        `but 'main': what is dispatched inside a transaction is stored outside of it. Name the connection of the ` +
        `queue's database (ambientTransactions: 'main'), or say ambientTransactions: false`,
    ]);
  });

  test('are what a dispatch by another driver waits for, with afterCommit', async () => {
    const { events, host, heard } = await start(store, 'main');
    const options = { driver: 'sync', afterCommit: true };
    const rolledBack = host.withTransaction(async () => {
      await events.dispatch(new Paid({ no: 1 }), options);
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    await host.withTransaction(async () => {
      await events.dispatch(new Paid({ no: 2 }), options);
      await events.dispatchMany([new Paid({ no: 3 })], options);
      expect(heard).toEqual([]);
    });
    await until('both are heard', () => heard.length === 2);
    expect(heard.toSorted((a, b) => a - b)).toEqual([2, 3]);
    const outside = events.dispatch(new Paid({ no: 4 }), options);
    await expect(outside).rejects.toThrow(InvalidOptionsError);
    await expect(outside).rejects.toThrow(/afterCommit needs the transaction that it is to wait for/);
  });
});

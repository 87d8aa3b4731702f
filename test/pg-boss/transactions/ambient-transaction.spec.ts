import { ClsPluginTransactional, Propagation, TransactionHost } from '@nestjs-cls/transactional';
import { TransactionalAdapterTypeOrm } from '@nestjs-cls/transactional-adapter-typeorm';
import { Module } from '@nestjs/common';
import { ClsModule } from 'nestjs-cls';
import { DataSource, type EntityManager } from 'typeorm';
import {
  createAmbientTransactions,
  loadAmbientTransactions,
  toDatabase,
} from '../../../lib/pg-boss/transactions/index.js';
import { closeApps, start } from '../../support/app.js';
import { DATABASE_URL, describePostgres, useSchema } from '../../support/postgres.js';

function getAmbientTransaction(connectionName?: string): unknown {
  return createAmbientTransactions(connectionName ?? true)!.get();
}

describe('without a plugin for transactions', () => {
  it('there is no transaction, before the package is loaded and after', async () => {
    expect(getAmbientTransaction()).toBeUndefined();
    expect(await loadAmbientTransactions()).toBe(true);
    expect(getAmbientTransaction()).toBeUndefined();
    expect(getAmbientTransaction('another')).toBeUndefined();
  });
});

describePostgres('the transaction that the caller runs in', () => {
  const schema = useSchema();
  let host: TransactionHost;
  let dataSource: DataSource;

  beforeAll(async () => {
    await schema.query(`CREATE TABLE ${schema.name}.thing (id int)`);
    dataSource = await new DataSource({ type: 'postgres', url: DATABASE_URL }).initialize();

    @Module({ providers: [{ provide: DataSource, useValue: dataSource }], exports: [DataSource] })
    class DatabaseModule {}

    const plugin = new ClsPluginTransactional({
      imports: [DatabaseModule],
      adapter: new TransactionalAdapterTypeOrm({ dataSourceToken: DataSource }),
    });
    const app = await start({ imports: [ClsModule.forRoot({ plugins: [plugin] })] });
    host = app.get(TransactionHost);
    await loadAmbientTransactions();
  });

  afterEach(() => schema.query(`TRUNCATE ${schema.name}.thing`));

  afterAll(async () => {
    await closeApps();
    await dataSource.destroy();
  });

  const insert = (id: number) =>
    toDatabase(getAmbientTransaction()).executeSql(`INSERT INTO ${schema.name}.thing VALUES ($1)`, [id]);
  const readAll = () => schema.query(`SELECT id FROM ${schema.name}.thing`);

  it('is found, and takes what is stored in it', async () => {
    await host.withTransaction(async () => {
      expect(getAmbientTransaction()).toBe(host.tx);
      await insert(1);
      expect(await readAll()).toEqual([]);
    });
    expect(await readAll()).toEqual([{ id: 1 }]);
  });

  it('has nothing stored once it is rolled back', async () => {
    const rolledBack = host.withTransaction(async () => {
      await insert(1);
      throw new Error('No');
    });
    await expect(rolledBack).rejects.toThrow('No');
    expect(await readAll()).toEqual([]);
  });

  it('has only the rest stored where a nested one is rolled back', async () => {
    await host.withTransaction(async () => {
      await insert(1);
      const nested = host.withTransaction(Propagation.Nested, async () => {
        await insert(2);
        throw new Error('No');
      });
      await expect(nested).rejects.toThrow('No');
    });
    expect(await readAll()).toEqual([{ id: 1 }]);
  });

  it('is not there outside of one, nor where the caller has left it', async () => {
    expect(getAmbientTransaction()).toBeUndefined();
    expect(host.tx as EntityManager).toBe(dataSource.manager);
    await host.withTransaction(() =>
      host.withoutTransaction(async () => expect(getAmbientTransaction()).toBeUndefined()),
    );
    expect(getAmbientTransaction()).toBeUndefined();
  });
});

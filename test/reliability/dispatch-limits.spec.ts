import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BaseEvent,
  Event,
  EventService,
  EventsModule,
  InvalidPayloadError,
  QueueDriver,
} from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { closeApps, startApp, syncConfig } from '../support/app.js';
import { captureLogs, rejectionOf } from '../support/drivers.js';
import { DATABASE_URL, describePostgres, useSchemaOfEach } from '../support/postgres.js';
import { until } from '../support/until.js';
import { TcpProxy } from '../support/tcp-proxy.js';

@Event({ name: 'sized' })
class Sized extends BaseEvent<unknown> {}

const LIMIT = 1_048_576;

describePostgres('A dispatch', () => {
  const schema = useSchemaOfEach();

  function configure(connection: string, options: object = {}) {
    const workerCreator = PgBossWorkerCreator.forRoot({ connection, schema: schema.name });
    const queue = { driver: QueueDriver, options: { workerCreator, ...options } };
    return syncConfig({ defaultDriver: 'queue', events: [Sized], drivers: { queue } });
  }

  const rows = () =>
    schema.query<{ payload: string }>(`SELECT data->>'payload' AS payload FROM ${schema.name}.job`);

  afterEach(closeApps);

  it('takes a payload at the limit as it is, and refuses one that is a byte longer before it is sent', async () => {
    const app = await startApp({ ...configure(DATABASE_URL), workers: false });
    const events = app.get(EventService);
    const atLimit = `"é${'x'.repeat(LIMIT - 6)}`;
    expect(Buffer.byteLength(JSON.stringify(atLimit))).toBe(LIMIT);
    await events.dispatch(new Sized(atLimit));
    expect((await rows()).map(({ payload }) => payload)).toEqual([atLimit]);

    const since = performance.now();
    expect(await rejectionOf(events.dispatch(new Sized(`${atLimit}x`)))).toBeInstanceOf(InvalidPayloadError);
    expect(performance.now() - since).toBeLessThan(200);
    expect(await rows()).toHaveLength(1);
  });

  it('that is repeated with the same event, as nobody knows whether it was stored, stores it once', async () => {
    const proxy = await TcpProxy.openFor(DATABASE_URL);
    const app = await startApp({
      ...configure(proxy.through(DATABASE_URL), { storeTimeoutMs: 300 }),
      workers: false,
    });
    captureLogs();
    const events = app.get(EventService);
    const event = new Sized('once');
    proxy.blackhole();
    expect(await rejectionOf(events.dispatch(event))).toMatchObject({ code: 'EVENTS_DISPATCH_TIMEOUT' });
    // What was sent arrives after all.
    proxy.forward();
    await until('it is stored', async () => (await rows()).length === 1);
    await events.dispatch(event);
    await events.dispatch(event);
    expect(await rows()).toHaveLength(1);
    await app.close();
    await proxy.close();
  });

  it('says whether it may be stored, when the server is gone', async () => {
    const proxy = await TcpProxy.openFor(DATABASE_URL);
    const app = await startApp({ ...configure(proxy.through(DATABASE_URL)), workers: false });
    captureLogs();
    const events = app.get(EventService);
    proxy.withholdAnswers();
    const sent = rejectionOf(events.dispatch(new Sized('sent')));
    await until('it is stored', async () => (await rows()).length === 1);
    await proxy.close();
    expect(await sent).toMatchObject({ code: 'EVENTS_OUTCOME_UNKNOWN', outcome: 'unknown' });
    for (const text of ['never', 'sent']) {
      expect(await rejectionOf(events.dispatch(new Sized(text)))).toMatchObject({
        code: 'EVENTS_NOT_STORED',
        outcome: 'not-stored',
      });
    }
    expect((await rows()).map(({ payload }) => payload)).toEqual(['sent']);
    await app.close();
  });

  it('an application that is started and closed at any moment leaves nothing open', async () => {
    const rejections: unknown[] = [];
    const hear = (reason: unknown): void => void rejections.push(reason);
    process.on('unhandledRejection', hear);
    const url = new URL(DATABASE_URL);
    url.searchParams.set('application_name', schema.name);
    for (let round = 0; round < 15; round++) {
      @Module({ imports: [EventsModule.forRoot(configure(url.href))] })
      class App {}
      const app = await Test.createTestingModule({ imports: [App] }).compile();
      captureLogs();
      const starting = app.init().catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 120));
      const closing = [app.close(), app.close()];
      await Promise.all([starting, ...closing]);
      await app.close();
    }
    await until('all connections are gone', async () => {
      const open = await schema.query('SELECT 1 FROM pg_stat_activity WHERE application_name = $1', [
        schema.name,
      ]);
      return open.length === 0;
    });
    process.off('unhandledRejection', hear);
    expect(rejections).toEqual([]);
  });
});

import { Injectable } from '@nestjs/common';
import {
  BaseEvent,
  EventConfig,
  EventQueues,
  FallbackDriver,
  InvalidListenerError,
  OnEvent,
  QueueDriver,
  RetryDriver,
  StoreError,
} from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { InjectedCrashError, InjectedFaultError } from 'nestjs-event-drivers/testing';
import { closeWatchedApps, NOWHERE, queueConfig, watch } from './support/watched-app.js';

afterEach(closeWatchedApps);

class Ordered extends BaseEvent<{ id: number }> {}
class Queued extends BaseEvent<{ id: number }> {}
class Working extends BaseEvent<{ id: number }> {
  static runs = 0;

  override async execute(): Promise<void> {
    Working.runs++;
  }
}

@Injectable()
class Mails {
  sent: number[] = [];

  @OnEvent([Ordered, Queued])
  send(event: Ordered): void {
    this.sent.push(event.getPayload().id);
  }
}

@Injectable()
class Stock {
  reserved: number[] = [];

  @OnEvent([Ordered])
  reserve(event: Ordered): void {
    this.reserved.push(event.getPayload().id);
  }
}

const ordered = (id = 1): Ordered => new Ordered({ id });
const start = (mode: 'spy' | 'inline' | 'round-trip' = 'spy', config = {}) =>
  watch({ mode }, [Mails, Stock], config);
const startQueue = (options = {}) =>
  watch({ mode: 'inline' }, [Mails], queueConfig(NOWHERE, { retries: 3, ...options }));

describe('failNext()', () => {
  it('lets the next run fail, of whichever listener, before it is called', async () => {
    const { events, service, module } = await start();
    events.faults.failNext();
    await expect(service.dispatch(ordered())).rejects.toThrow(InjectedFaultError);
    expect([module.get(Mails).sent, module.get(Stock).reserved]).toEqual([[], [1]]);
    await service.dispatch(ordered(2));
    expect(module.get(Mails).sent).toEqual([2]);
  });

  it('lets so many fail, with what the test gives, and retries are seen', async () => {
    const { events, service } = await startQueue();
    const error = new TypeError('no such field');
    events.faults.failNext(2, error);
    await service.dispatch(new Queued({ id: 1 }), 'queue');
    expect(events.expectDelivered(Mails).runs).toMatchObject([
      { status: 'failed', error },
      { status: 'failed', error },
      { status: 'succeeded' },
    ]);
  });
});

describe('fail()', () => {
  it('lets a listener fail until told otherwise, and no other', async () => {
    const { events, service, module } = await start();
    events.faults.fail(Mails, { error: new Error('mail server is down') });
    await expect(service.dispatch(ordered(1))).rejects.toThrow('mail server is down');
    await expect(service.dispatch(ordered(2))).rejects.toThrow('mail server is down');
    events.expectFailed('Mails.send', 'mail server is down', { id: 2 });
    events.faults.clear();
    await service.dispatch(ordered(3));
    expect([module.get(Mails).sent, module.get(Stock).reserved]).toEqual([[3], [1, 2, 3]]);
  });

  it("lets the event's own work fail", async () => {
    const { events, service } = await start();
    Working.runs = 0;
    events.faults.fail(Working, { times: 1 });
    await expect(service.dispatch(new Working({ id: 1 }))).rejects.toThrow('execute() of Working');
    events.expectFailed(Working, InjectedFaultError);
    await service.dispatch(new Working({ id: 1 }));
    expect(Working.runs).toBe(1);
  });

  it('gives up what fails for ever', async () => {
    const { events, service } = await startQueue();
    events.faults.fail('Mails.send');
    await service.dispatch(new Queued({ id: 1 }), 'queue');
    expect(events.expectDeadLettered(Mails, InjectedFaultError).runs).toHaveLength(4);
  });

  it('refuses what is no listener, with those there are', async () => {
    const { events } = await start();
    expect(() => events.faults.fail('Mails.sned')).toThrow(InvalidListenerError);
    expect(() => events.faults.fail('Mails.sned')).toThrow("There are: 'Mails.send', 'Stock.reserve'");
    expect(() => events.faults.fail(class Unknown {})).toThrow('Unknown');
    expect(() => events.faults.fail(Mails, { times: 0 })).toThrow('times');
    expect(() => events.faults.delay(Mails, 'soon' as never)).toThrow('soon');
    expect(() => events.faults.delay(Mails, '1s', { times: Number.NaN })).toThrow('times');
  });
});

it('delay() lets a listener take longer, by the clock', async () => {
  const { events, service, module } = await watch({ mode: 'spy', clock: true }, [Mails]);
  events.faults.delay(Mails, '10s', { times: 1 });
  const dispatched = service.dispatch(ordered());
  await events.advance('9s');
  expect(module.get(Mails).sent).toEqual([]);
  await events.advance('1s');
  await dispatched;
  expect(module.get(Mails).sent).toEqual([1]);
});

describe('several faults', () => {
  it('are each used up by the run that they are applied to', async () => {
    const { events, service } = await startQueue();
    const [one, two] = [new Error('one'), new Error('two')];
    events.faults.failNext(1, one);
    events.faults.failNext(1, two);
    events.faults.crashAfter(Mails);
    await service.dispatch(new Queued({ id: 1 }), 'queue');
    expect(events.expectDelivered(Mails).runs.map(({ error }) => error)).toEqual([
      one,
      two,
      expect.any(InjectedCrashError),
      undefined,
    ]);
  });
});

describe('crashAfter()', () => {
  it('brings back what is stored, though its work is done; it uses up an attempt', async () => {
    const { events, service, module } = await startQueue();
    events.faults.crashAfter(Mails);
    await service.dispatch(new Queued({ id: 1 }), 'queue');
    expect(module.get(Mails).sent).toEqual([1, 1]);
    expect(events.expectDelivered(Mails).runs.map(({ error }) => error)).toEqual([
      expect.any(InjectedCrashError),
      undefined,
    ]);
  });

  it.each([
    ['runs once', { runOnce: true, retries: 0 }, [1]],
    ['has no attempts left', { retries: 1 }, [1, 1]],
  ])('gives up what %s', async (_what, options, sent) => {
    const { events, service, module } = await startQueue(options);
    events.faults.crashAfter(Mails, { times: 2 });
    await service.dispatch(new Queued({ id: 1 }), 'queue');
    expect(module.get(Mails).sent).toEqual(sent);
    events.expectDeadLettered(Mails, InjectedCrashError);
    const [letter] = await module.get(EventQueues).listFailed();
    expect(letter!.reason).toContain('EVENTS_WORKER_LOST');
  });

  it('lets what is not stored be lost: no driver of the process tries it again', async () => {
    const { events, service, module } = await start('spy', {
      drivers: { retry: EventConfig.createConfigDriver(RetryDriver, { delayMs: 0 }) },
    });
    events.faults.crashAfter(Mails);
    await expect(service.dispatch(ordered(), 'retry')).rejects.toThrow(InjectedCrashError);
    expect(module.get(Mails).sent).toEqual([1]);
  });

  it('undoes what a transactional listener has written', async () => {
    @Injectable()
    class Ledger {
      @OnEvent(Queued, { transactional: true, driver: 'queue' })
      async on(
        event: Queued,
        _signal: AbortSignal | undefined,
        transaction: { query(text: string): Promise<unknown> },
      ) {
        await transaction.query(`INSERT INTO ledger VALUES (${event.getPayload().id})`);
      }
    }
    const creator = PgBossWorkerCreator.forRoot({ connection: { embedded: 'memory' } });
    const { events, service } = await watch({ mode: 'spy' }, [Ledger], queueConfig(creator, { delayMs: 1 }));
    const engine = service.getDriver<QueueDriver>('queue').getEngine() as PgBossWorkerCreator;
    const database = engine.getClient<{ query(text: string): Promise<{ rows: unknown[] }> }>();
    await database.query('CREATE TABLE ledger (id int)');
    events.faults.crashAfter(Ledger);
    await service.dispatch(new Queued({ id: 7 }), 'queue');
    await events.settled();
    expect(events.expectDelivered(Ledger).runs).toHaveLength(2);
    expect((await database.query('SELECT * FROM ledger')).rows).toEqual([{ id: 7 }]);
  });
});

describe('dropConnection()', () => {
  const withFallback = {
    drivers: {
      ...queueConfig().drivers,
      safe: EventConfig.createConfigDriver(FallbackDriver, { drivers: ['queue', 'sync'] }),
    },
  };

  it('refuses what is to be stored, and a fallback takes over', async () => {
    const { events, service, module } = await start('inline', withFallback);
    events.faults.dropConnection('queue');
    await expect(service.dispatch(new Queued({ id: 1 }), 'queue')).rejects.toMatchObject({
      code: 'EVENTS_NOT_STORED',
      message: expect.stringContaining('the test has dropped the connection'),
    });
    await service.dispatch(new Queued({ id: 2 }), 'safe');
    expect(module.get(Mails).sent).toEqual([2]);
    events.faults.restoreConnection('queue');
    await service.dispatch(new Queued({ id: 3 }), 'queue');
    expect(module.get(Mails).sent).toEqual([2, 3]);
  });

  it('stores, and loses the answer; the same event again is stored once', async () => {
    const { events, service, module } = await start('inline', withFallback);
    const event = new Queued({ id: 1 });
    events.faults.dropConnection('queue', 'after');
    const error: unknown = await service.dispatch(event, 'queue').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ code: 'EVENTS_OUTCOME_UNKNOWN' });
    events.faults.restoreConnection('queue');
    await service.dispatch(event, 'queue');
    expect(module.get(Mails).sent).toEqual([1]);
  });

  it('runs nothing of what is stored until it is restored', async () => {
    const { events, service, module } = await start('round-trip', queueConfig());
    const queues = module.get(EventQueues);
    await queues.pause('queue');
    await service.dispatch(new Queued({ id: 1 }), 'queue');
    events.faults.dropConnection('queue');
    await queues.resume('queue');
    await expect(events.settled({ timeoutMs: 50 })).rejects.toThrow('Mails.send of Queued');
    expect(module.get(Mails).sent).toEqual([]);
    events.faults.restoreConnection('queue');
    await events.settled();
    expect(module.get(Mails).sent).toEqual([1]);
  });

  it('is over once all that has dropped it is', async () => {
    const { events, service, module } = await start('inline', withFallback);
    events.faults.dropConnection('queue');
    events.faults.dropConnection('safe');
    events.faults.restoreConnection('queue');
    await expect(service.dispatch(new Queued({ id: 1 }), 'queue')).rejects.toThrow(StoreError);
    events.faults.clear();
    await service.dispatch(new Queued({ id: 2 }), 'queue');
    expect(module.get(Mails).sent).toEqual([2]);
  });

  it('is that of no driver whose name begins alike', async () => {
    const { events, service, module } = await start('inline', {
      drivers: { queue: queueConfig().drivers!['queue']!, 'queue.eu': queueConfig().drivers!['queue']! },
    });
    events.faults.dropConnection('queue');
    await service.dispatch(new Queued({ id: 1 }), 'queue.eu');
    expect(module.get(Mails).sent).toEqual([1]);
  });

  it('says which drivers there are', async () => {
    const { events } = await start();
    expect(() => events.faults.dropConnection('queue')).toThrow("There is no driver 'queue'");
  });
});

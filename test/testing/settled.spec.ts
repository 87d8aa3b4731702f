import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Client } from 'pg';
import {
  AsyncDriver,
  BaseEvent,
  EventConfig,
  EventQueues,
  EventService,
  type EventsModuleOptions,
  type IBaseEvent,
  OnEvent,
  QueueDriver,
  ResilientDriver,
} from 'nestjs-event-drivers';
import { NotSettledError } from 'nestjs-event-drivers/testing';
import { StoringDriver } from '../support/drivers.js';
import { onEachStore, onPostgres, onServers } from '../support/queue.js';
import { DATABASE_URL } from '../support/postgres.js';
import { closeWatchedApps, queueConfig, watch } from './support/watched-app.js';

afterEach(closeWatchedApps);

class Started extends BaseEvent<{ id: number }> {}
class Followed extends BaseEvent<{ id: number }> {}
class Ended extends BaseEvent<{ id: number }> {}

/** Each event leads to the next one, by the driver that a test wants. */
@Injectable()
class Chain {
  static driver = 'sync';
  failures = 0;

  constructor(private readonly events: EventService) {}

  @OnEvent(Started)
  async start(): Promise<void> {
    await delay(5);
    // Nobody waits for it.
    void this.events.dispatch(new Followed({ id: 1 }), Chain.driver);
  }

  @OnEvent(Followed)
  async follow(): Promise<void> {
    await delay(5);
    if (this.failures-- > 0) throw new Error('no connection');
    void this.events.dispatch(new Ended({ id: 1 }), Chain.driver);
  }

  @OnEvent(Ended)
  async end(): Promise<void> {
    await delay(5);
  }
}

const drivers = {
  background: EventConfig.createConfigDriver(AsyncDriver, { background: true }),
  resilient: EventConfig.createConfigDriver(ResilientDriver),
  'in-background': EventConfig.createConfigDriver(AsyncDriver, { background: true, driver: 'resilient' }),
};

async function start(config: Partial<EventsModuleOptions> = { drivers }, driver = 'sync') {
  Chain.driver = driver;
  return watch({ mode: 'spy' }, [Chain], config);
}

describe('settled()', () => {
  it.each(['sync', 'background', 'resilient', 'in-background'])(
    'waits for what follows from what was dispatched, by driver %s',
    async (driver) => {
      const { events, service } = await start(undefined, driver);
      await service.dispatch(new Started({ id: 1 }), driver);
      await events.settled();
      events.expectDelivered('Chain.start');
      events.expectDelivered('Chain.end');
      expect(events.expectDispatched(Ended)).toBeInstanceOf(Ended);
      expect(events.getDispatches().map(({ causedBy }) => causedBy)).toEqual([
        undefined,
        'Chain.start',
        'Chain.follow',
      ]);
    },
  );

  it('resolves at once if nothing was dispatched', async () => {
    const { events } = await start();
    await events.settled({ timeoutMs: 1 });
  });

  it('takes what was given up in the background for done, and for a dead letter', async () => {
    const { events, service, module } = await start(undefined, 'in-background');
    module.get(Chain).failures = 1;
    await service.dispatch(new Started({ id: 1 }), 'in-background');
    await events.settled();
    events.expectDeadLettered('Chain.follow', 'no connection');
    events.expectNotDispatched(Ended);
  });

  it('names what is still running when its time is over', async () => {
    const stuck = Promise.withResolvers<void>();
    class Stuck extends BaseEvent<{}> {
      override execute(): Promise<void> {
        return stuck.promise;
      }
    }
    const { events, service } = await start();
    void service.dispatch(new Stuck({}));
    void service.dispatch(new Stuck({}), 'background');
    const error: unknown = await events.settled({ timeoutMs: 50 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NotSettledError);
    expect((error as NotSettledError).message).toBe(
      'What was dispatched has not settled within 50 ms:\n' +
        '  - execute() of Stuck is running\n' +
        '  - execute() of Stuck is running\n' +
        "  - execute() of Stuck is left to driver 'background'",
    );
    stuck.resolve();
    await events.settled();
  });

  it('waits for what a durable driver of the application keeps, until that has run', async () => {
    class LaterDriver extends StoringDriver {
      async run(): Promise<void> {
        for (const delivery of this.stored) await delivery.execute();
      }
    }
    const { events, service } = await start({ drivers: { later: { driver: LaterDriver } } });
    await service.dispatch(new Ended({ id: 1 }), 'later');
    await expect(events.settled({ timeoutMs: 30 })).rejects.toThrow(
      "Chain.end of Ended, handed to driver 'later' and not run yet",
    );
    void service.getDriver<LaterDriver>('later').run();
    await events.settled();
    events.expectDelivered('Chain.end');
  });

  it('believes a durable driver that says what it has not done', async () => {
    class TellingDriver extends StoringDriver {
      getPending(): readonly IBaseEvent[] {
        return this.stored;
      }
    }
    const { events, service } = await start({ drivers: { later: { driver: TellingDriver } } });
    await service.dispatch(new Ended({ id: 1 }), 'later');
    await expect(events.settled({ timeoutMs: 30 })).rejects.toThrow(
      "Chain.end of Ended is left to driver 'later'",
    );
    service.getDriver<TellingDriver>('later').stored.splice(0);
    await events.settled();
  });
});

onEachStore('settled() with a queue', (store) => {
  const startQueue = async (options = {}) => {
    const name = store.uniqueName();
    const queue = EventConfig.createConfigDriver(QueueDriver, {
      workerCreator: store.creator,
      delayMs: 10,
      retries: 1,
      pollIntervalMs: 100,
      ...options,
    });
    return { name, ...(await start({ drivers: { [name]: queue } }, name)) };
  };

  it('waits for what follows from what was stored, with retries', async () => {
    const { events, service, module, name } = await startQueue();
    module.get(Chain).failures = 1;
    await service.dispatch(new Started({ id: 1 }), name);
    await events.settled();
    events.expectDelivered('Chain.end');
    expect(events.expectDelivered('Chain.follow').runs).toHaveLength(2);
    const counts = await module.get(EventQueues).count();
    expect(counts.map(({ completed, active, ready }) => [completed, active, ready])).toEqual([
      [1, 0, 0],
      [1, 0, 0],
      [1, 0, 0],
    ]);
  });

  it('takes what was given up for done, and what is put back for dispatched', async () => {
    const { events, service, module, name } = await startQueue();
    module.get(Chain).failures = 2;
    await service.dispatch(new Started({ id: 1 }), name);
    await events.settled();
    events.expectDeadLettered('Chain.follow', 'no connection', { id: 1 });
    await module.get(EventQueues).redrive({ driver: name });
    await events.settled();
    events.expectDelivered('Chain.end');
  });

  store.testOnServers('names what waits, and until when', async () => {
    const { events, service, name } = await startQueue();
    await service.dispatch(new Ended({ id: 1 }), { driver: name, delay: '1h' });
    await expect(events.settled({ timeoutMs: 50 })).rejects.toThrow(
      /Chain\.end of Ended is in queue 'q\d+', to be run at \d{4}-/,
    );
  });
});

onServers('settled() and other processes', (store) => {
  it('finds out what another process has delivered', async () => {
    const name = store.uniqueName();
    const queue = EventConfig.createConfigDriver(QueueDriver, { workerCreator: store.creator });
    const api = await start({ drivers: { [name]: queue }, workers: false }, name);
    await api.service.dispatch(new Ended({ id: 1 }), name);
    await expect(api.events.settled({ timeoutMs: 300 })).rejects.toThrow('nobody has taken it');
    const worker = await start({ drivers: { [name]: queue } }, name);
    await api.events.settled();
    worker.events.expectDelivered('Chain.end');
    api.events.expectNotDelivered('Chain.end');
  });
});

onPostgres('settled() and transactions', (store) => {
  it('does not wait for what was rolled back', async () => {
    const name = store.uniqueName();
    const queue = EventConfig.createConfigDriver(QueueDriver, { workerCreator: store.creator });
    const { events, service } = await start({ drivers: { [name]: queue } }, name);
    const client = new Client(DATABASE_URL);
    await client.connect();
    await client.query('BEGIN');
    await service.dispatch(new Ended({ id: 1 }), { driver: name, transaction: client });
    await client.query('ROLLBACK');
    await events.settled();
    events.expectNotDelivered('Chain.end');
    await client.end();
  });
});

it('settled() waits for what queues in memory deliver', async () => {
  const { events, service } = await watch({ mode: 'round-trip' }, [Chain], queueConfig());
  Chain.driver = 'queue';
  await service.dispatch(new Started({ id: 1 }), 'queue');
  await events.settled();
  events.expectDelivered('Chain.end');
});

import { Injectable } from '@nestjs/common';
import {
  BaseEvent,
  Event,
  EventConfig,
  EventService,
  FallbackDriver,
  type IBaseEvent,
  InvalidEventError,
  OnEvent,
} from 'nestjs-event-drivers';
import { closeApps, startApp, syncConfig } from '../support/app.js';
import { captureLogs, StoringDriver } from '../support/drivers.js';

afterEach(closeApps);

const done: string[] = [];

beforeEach(() => void (done.length = 0));

@Event({ name: 'paid' })
class Paid extends BaseEvent<void> {}

@Event({ name: 'paid' })
class OtherPaid extends BaseEvent<void> {
  override async execute(): Promise<void> {
    done.push('other');
  }
}

@Event({ name: 'worked' })
class Worked extends BaseEvent<void> {
  override async execute(): Promise<void> {
    done.push('class');
  }
}

@Injectable()
class Listener {
  @OnEvent(Paid)
  hear(): void {
    done.push('listener');
  }
}

async function start(): Promise<{ events: EventService; stored: IBaseEvent[] }> {
  const app = await startApp(
    syncConfig({
      events: [Worked],
      drivers: {
        queue: EventConfig.createConfigDriver(StoringDriver),
        last: EventConfig.createConfigDriver(FallbackDriver, { drivers: ['sync', 'queue'] }),
      },
    }),
    [Listener],
  );
  const events = app.get(EventService);
  return { events, stored: events.getDriver<StoringDriver>('queue').stored };
}

const literal: IBaseEvent = {
  getName: () => 'paid',
  getPayload: () => undefined,
  execute: async () => void done.push('literal'),
};

const withWork = (): IBaseEvent =>
  Object.assign(new Worked(), { execute: async () => void done.push('instance') });

/** What would be lost between the dispatch and the arrival, and what the error says about it. */
const LOST: ReadonlyArray<readonly [what: string, create: () => IBaseEvent, message: RegExp]> = [
  [
    'another class of the same name',
    () => new OtherPaid(),
    /Event 'paid'.*class OtherPaid.*another class, Paid, is registered.*@Event/,
  ],
  ['a plain object', () => literal, /Event 'paid'.*plain object.*Extend BaseEvent/],
  [
    'an object without a prototype',
    () => Object.assign(Object.create(null) as object, literal),
    /Event 'paid'.*plain object/,
  ],
  ['work of the instance alone', withWork, /Event 'worked'.*execute\(\).*class Worked.*method of the class/],
];

describe('an event that would be another one when it arrives', () => {
  it.each(LOST)('is refused by a driver that stores: %s', async (_, create, message) => {
    const { events, stored } = await start();
    for (const driver of ['queue', 'last']) {
      const dispatched = events.dispatch(create(), driver);
      await expect(dispatched).rejects.toBeInstanceOf(InvalidEventError);
      await expect(dispatched).rejects.toThrow(message);
      await expect(events.dispatchMany([create(), new Paid()], driver)).rejects.toThrow(message);
    }
    expect(stored).toEqual([]);
  });

  it.each(LOST)('is delivered in the process: %s', async (_, create) => {
    const { events } = await start();
    await events.dispatch(create());
    expect(done).toHaveLength(1);
  });

  it('is refused also after one of its class that would not', async () => {
    const { events, stored } = await start();
    await events.dispatch(new Worked(), 'queue');
    await expect(events.dispatch(withWork(), 'queue')).rejects.toBeInstanceOf(InvalidEventError);
    expect(stored).toHaveLength(1);
  });
});

describe('an event that is stored and that another process would not know', () => {
  it('is warned of, once for its class', async () => {
    class Declared extends BaseEvent<void> {}
    class HeardByPattern extends BaseEvent<void> {}
    class Special extends Paid {}
    class WithWork extends Worked {}
    class Named extends BaseEvent<string> {
      override getName(): string {
        return `named.${this.getPayload()}`;
      }
    }
    @Injectable()
    class Patterns {
      @OnEvent(['HeardBy*', 'HeardByPattern'])
      hear(): void {}
    }
    const app = await startApp(
      syncConfig({
        events: [Declared],
        drivers: { queue: EventConfig.createConfigDriver(StoringDriver) },
      }),
      [Listener, Patterns],
    );
    const logged = captureLogs();
    const events = app.get(EventService);
    const heard = [new Declared(), new Paid(), new HeardByPattern()];
    for (const event of heard) await events.dispatch(event);
    expect(logged).toEqual([]);
    for (const event of [...heard, ...heard]) await events.dispatch(event, 'queue');
    for (let round = 0; round < 2; round++) {
      await events.dispatch(new Special(), 'queue');
      await events.dispatchMany([new WithWork(), new Named(`${round}`)], 'queue');
    }
    expect(logged.map(({ level, message }) => [level, /class (\w+)/.exec(message)?.[1]])).toEqual([
      ['warn', 'HeardByPattern'],
      ['warn', 'Special'],
      ['warn', 'WithWork'],
      ['warn', 'Named'],
    ]);
    expect(logged[0]!.message).toMatch(/'HeardByPattern'.*after a restart.*'events' of EventsModule/);
    expect(logged[3]!.message).toMatch(/'named.0'.*No process can deliver it/);
  });
});

describe('the name of an event', () => {
  const FIT = ['a', 'order.placed', 'user:created', 'shop/order-placed_2', `n${'a'.repeat(127)}`];
  const UNFIT = [
    ' ',
    'an order',
    '__proto__',
    '1st',
    '.a',
    'a\nb',
    'a\0',
    'order.*',
    'größer',
    'a'.repeat(129),
  ];

  class Named extends BaseEvent<string> {
    override getName(): string {
      return this.getPayload();
    }
  }

  it.each(FIT)('may be %p', async (name) => {
    Event({ name })(class extends BaseEvent<void> {});
    const { events, stored } = await start();
    captureLogs();
    await events.dispatch(new Named(name), 'queue');
    expect(stored).toHaveLength(1);
  });

  it.each(UNFIT)('may not be %p, in @Event() or where it is stored', async (name) => {
    expect(() => Event({ name })(class extends BaseEvent<void> {})).toThrow(
      /name must be a letter, '_' or '\$', then up to 127/,
    );
    const { events, stored } = await start();
    const dispatched = events.dispatch(new Named(name), 'queue');
    await expect(dispatched).rejects.toBeInstanceOf(InvalidEventError);
    await expect(dispatched).rejects.toThrow(
      /its name must be a letter, '_' or '\$', then up to 127.*@Event/,
    );
    expect(stored).toEqual([]);
    await events.dispatch(new Named(name));
  });
});

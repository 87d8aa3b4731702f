import { Injectable, type Type } from '@nestjs/common';
import {
  AsyncDriver,
  BaseDriver,
  BaseEvent,
  type DriverCapabilities,
  EventConfig,
  EventDispatchException,
  EventDriverException,
  EventService,
  type IBaseEvent,
  InvalidEventError,
  InvalidOptionsError,
  OnEvent,
  TimeoutDriver,
} from 'nestjs-event-drivers';
import { closeApps, startApp, syncConfig } from '../support/app.js';
import { rejectionOf } from '../support/drivers.js';

let log: string[] = [];

class Silent extends BaseEvent<string> {}

class Working extends BaseEvent<string> {
  override async execute(): Promise<void> {
    await tick();
    log.push('execute');
    if (this.getPayload() === 'fail') throw new Error('execute failed');
  }
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class DurableDriver extends BaseDriver {
  override get capabilities(): DriverCapabilities {
    return { durable: true, concurrent: false };
  }

  async dispatch(event: IBaseEvent): Promise<void> {
    await this.dispatchMany([event]);
  }

  async dispatchMany(events: readonly IBaseEvent[]): Promise<void> {
    await tick();
    log.push(
      `${this.getName()} stored ${events.map((event) => event.getListenerId?.() ?? 'execute').join(', ')}`,
    );
    if (this.getOptions<{ fails: boolean }>()?.fails) throw new Error(`${this.getName()} is down`);
  }
}

const drivers = {
  async: EventConfig.createConfigDriver(AsyncDriver, { maxConcurrency: 2 }),
  timeout: EventConfig.createConfigDriver(TimeoutDriver, { timeout: 20 }),
  durable: EventConfig.createConfigDriver(DurableDriver),
  broken: EventConfig.createConfigDriver(DurableDriver, { fails: true }),
};

async function startWith(...listeners: Type[]): Promise<EventService> {
  return (await startApp(syncConfig({ drivers }), listeners)).get(EventService);
}

beforeEach(() => {
  log = [];
});

afterEach(closeApps);

describe('the order of a dispatch', () => {
  it("is the event's own work, then what is stored, one batch a driver, then the listeners by order and registration", async () => {
    @Injectable()
    class Listeners {
      @OnEvent(Working, { order: 1 })
      async later(): Promise<void> {
        log.push('later begins');
        await tick();
        log.push('later ends');
      }

      @OnEvent(Working, { driver: 'durable' })
      stored(): void {}

      @OnEvent(Working)
      async first(): Promise<void> {
        log.push('first begins');
        await tick();
        log.push('first ends');
      }

      @OnEvent(Working, { driver: 'durable' })
      alsoStored(): void {}

      @OnEvent(Working, { driver: 'durable', when: () => false })
      notWanted(): void {}

      @OnEvent(Working)
      second(): void {
        log.push('second');
      }

      @OnEvent(Working, { order: -1 })
      early(): void {
        log.push('early');
      }
    }
    await (await startWith(Listeners)).dispatch(new Working(''));
    expect(log).toEqual([
      'execute',
      'durable stored Listeners.stored, Listeners.alsoStored',
      'early',
      'first begins',
      'first ends',
      'second',
      'later begins',
      'later ends',
    ]);
  });

  it('hands listeners to a driver that bounds their number together', async () => {
    let running = 0;
    @Injectable()
    class Parallel {
      @OnEvent(Silent, { driver: 'async' })
      async a(): Promise<void> {
        log.push(`a of ${++running}`);
        await tick();
        running--;
      }

      @OnEvent(Silent, { driver: 'async' })
      async b(): Promise<void> {
        log.push(`b of ${++running}`);
        await tick();
        running--;
      }

      @OnEvent(Silent, { driver: 'async' })
      async c(): Promise<void> {
        log.push(`c of ${++running}`);
        await tick();
        running--;
      }
    }
    await (await startWith(Parallel)).dispatch(new Silent(''));
    expect(log).toEqual(['a of 1', 'b of 2', 'c of 2']);
  });

  it('gives an event that has nothing to do and no listener to its driver all the same', async () => {
    const service = await startWith();
    await service.dispatch(new Silent(''), 'durable');
    expect(log).toEqual(['durable stored execute']);
  });

  it('stores the own work of an event whose driver is durable, with its listeners', async () => {
    @Injectable()
    class Listeners {
      @OnEvent(Working)
      on(): void {}
    }
    await (await startWith(Listeners)).dispatch(new Working(''), 'durable');
    expect(log).toEqual(['durable stored execute, Listeners.on']);
  });
});

describe('a dispatch that fails', () => {
  @Injectable()
  class Listeners {
    @OnEvent(Working)
    @OnEvent(Silent)
    ok(): void {
      log.push('ok');
    }
  }

  @Injectable()
  class Failing {
    @OnEvent(Silent, { order: -1 })
    fails(): void {
      throw new TypeError('no');
    }
  }

  @Injectable()
  class FailingLater {
    @OnEvent(Silent, { order: 1 })
    async fails(): Promise<void> {
      await tick();
      throw 'a string';
    }
  }

  it("rejects with the error of the event's own work, and tells no listener", async () => {
    const service = await startWith(Listeners);
    await expect(service.dispatch(new Working('fail'))).rejects.toThrow('execute failed');
    expect(log).toEqual(['execute']);
  });

  it('rejects with the very error of the listener that failed, and tells the others', async () => {
    const service = await startWith(Failing, Listeners);
    await expect(service.dispatch(new Silent(''))).rejects.toBeInstanceOf(TypeError);
    expect(log).toEqual(['ok']);
  });

  it('rejects with an error that names each listener where several failed', async () => {
    const service = await startWith(FailingLater, Listeners, Failing);
    const error = await service.dispatch(new Silent('')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EventDispatchException);
    expect(error).toBeInstanceOf(AggregateError);
    expect(error).toMatchObject({
      name: 'EventDispatchException',
      message: "2 deliveries of event 'Silent' failed: Failing.fails (no), FailingLater.fails (a string)",
      errors: [new TypeError('no'), 'a string'],
      failures: [{ listenerId: 'Failing.fails' }, { listenerId: 'FailingLater.fails', error: 'a string' }],
    });
    expect(log).toEqual(['ok']);
  });

  it('rejects when something cannot be stored, and tells no listener in the process', async () => {
    @Injectable()
    class Stored {
      @OnEvent(Silent, { driver: 'broken' })
      one(): void {}

      @OnEvent(Silent, { driver: 'durable' })
      two(): void {}
    }
    const service = await startWith(Stored, Listeners);
    await expect(service.dispatch(new Silent(''))).rejects.toThrow('broken is down');
    expect(log).toEqual(['broken stored Stored.one', 'durable stored Stored.two']);
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a string', 'oops'],
    ['a number', 0],
    ['an object', { code: 1 }],
    ['an object whose getters throw', Object.defineProperty({}, 'message', { get: () => { throw new Error() } })], // prettier-ignore
    ['a proxy that throws', new Proxy({}, { get: () => { throw new Error() }, has: () => { throw new Error() } })], // prettier-ignore
  ])('rejects with %s if that is what was thrown, alone or among others', async (_name, thrown) => {
    @Injectable()
    class Throwing {
      @OnEvent(Silent)
      now(): void {
        throw thrown;
      }
    }
    @Injectable()
    class Rejecting {
      @OnEvent(Silent)
      async later(): Promise<void> {
        await tick();
        throw thrown;
      }
    }
    for (const listeners of [[Throwing], [Rejecting], [Throwing, Rejecting], [Rejecting, Listeners]]) {
      const service = await startWith(...listeners);
      const outcome = await service.dispatch(new Silent('')).then(
        () => 'resolved',
        (error: unknown) => ({ error }),
      );
      const failed = listeners.filter((listener) => listener !== Listeners).length;
      const error = (outcome as { error: unknown }).error;
      expect(Object.is(failed === 1 ? error : (error as AggregateError).errors[1], thrown)).toBe(true);
    }
  });

  it('rejects in time though a listener never settles, with a timeout driver', async () => {
    @Injectable()
    class Stuck {
      @OnEvent(Silent, { driver: 'timeout' })
      never(): Promise<void> {
        return new Promise(() => {});
      }
    }
    const service = await startWith(Stuck, Listeners);
    await expect(service.dispatch(new Silent(''))).rejects.toThrow('Event execution timeout');
    expect(log).toEqual(['ok']);
  });

  it('leaves no rejection unhandled, however many deliveries fail', async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listener);
    try {
      const service = await startWith(Failing, FailingLater, Listeners);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 1000 }, (_, index) =>
          service.dispatch(new Silent(''), index % 2 === 0 ? undefined : 'async'),
        ),
      );
      expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
      await tick();
      expect(unhandled).toEqual([]);
      expect(log).toHaveLength(1000);
    } finally {
      process.off('unhandledRejection', listener);
    }
  });

  it('does not make a listener deaf', async () => {
    @Injectable()
    class Alternating {
      private calls = 0;

      @OnEvent(Silent)
      on(): void {
        if (this.calls++ % 2 === 0) throw new Error('every other time');
        log.push('heard');
      }
    }
    const service = await startWith(Alternating);
    for (let index = 0; index < 100; index++) await service.dispatch(new Silent('')).catch(() => {});
    expect(log).toHaveLength(50);
  });
});

describe('dispatching from within a listener', () => {
  it.each(['sync', 'async', 'timeout'])('works under the %s driver', async (driver) => {
    let service: EventService | undefined;
    @Injectable()
    class Nesting {
      @OnEvent(Silent, { driver })
      async on(event: Silent): Promise<void> {
        const depth = Number(event.getPayload());
        if (depth < 20) await service!.dispatch(new Silent(String(depth + 1)));
        log.push(event.getPayload());
      }
    }
    service = await startWith(Nesting);
    await service.dispatch(new Silent('0'));
    expect(log).toHaveLength(21);
  });
});

describe('choosing the driver', () => {
  class Preferring extends BaseEvent<string> {
    override getDriverName(): string {
      return this.getPayload();
    }
  }

  it.each([
    ['the default', new Silent(''), undefined, 'sync'],
    ["the event's", new Preferring('b'), undefined, 'b'],
    ['the one of the dispatch', new Preferring('b'), 'c', 'c'],
    ['the one of the options of the dispatch', new Preferring('b'), { driver: 'c' }, 'c'],
    ['the class name with suffix, in any case', new Silent(''), 'RECORDINGDRIVER', 'recording'],
    ['the class name without suffix', new Silent(''), 'Recording', 'recording'],
  ])('takes %s', async (_name, event, target, expected) => {
    class RecordingDriver extends BaseDriver {
      async dispatch(): Promise<void> {
        log.push(this.getName());
      }
    }
    class OtherDriver extends RecordingDriver {}
    class ThirdDriver extends RecordingDriver {}
    class FourthDriver extends RecordingDriver {}
    const app = await startApp({
      defaultDriver: 'sync',
      drivers: {
        sync: EventConfig.createConfigDriver(FourthDriver),
        b: EventConfig.createConfigDriver(OtherDriver),
        c: EventConfig.createConfigDriver(ThirdDriver),
        recording: EventConfig.createConfigDriver(RecordingDriver),
      },
    });
    await app.get(EventService).dispatch(event, target);
    expect(log).toEqual([expected]);
  });

  it("takes the listener's before the event's", async () => {
    @Injectable()
    class Listeners {
      @OnEvent(Preferring, { driver: 'durable' })
      own(): void {}

      @OnEvent(Preferring)
      theirs(): void {
        log.push('theirs');
      }
    }
    const service = await startWith(Listeners);
    await service.dispatch(new Preferring('sync'));
    expect(log).toEqual(['durable stored Listeners.own', 'theirs']);
    log = [];
    await service.dispatch(new Preferring('sync'), 'sync');
    expect(log).toEqual(['theirs']);
  });

  it('refuses a name that no driver has, or that several have, and lists those there are', async () => {
    const service = await startWith();
    const unknown = service.dispatch(new Silent(''), 'qeue');
    await expect(unknown).rejects.toBeInstanceOf(EventDriverException);
    await expect(unknown).rejects.toThrow(
      "There is no driver 'qeue'. Configured are: 'sync', 'async', 'timeout', 'durable', 'broken'.",
    );
    await expect(service.dispatch(new Preferring('nowhere'))).rejects.toThrow(
      "There is no driver 'nowhere'.",
    );
    const ambiguous = await startApp(
      syncConfig({
        drivers: {
          fast: EventConfig.createConfigDriver(AsyncDriver),
          slow: EventConfig.createConfigDriver(AsyncDriver),
        },
      }),
    );
    await expect(ambiguous.get(EventService).dispatch(new Silent(''), 'async')).rejects.toThrow(
      "Driver 'async' is configured under several names: 'fast', 'slow'. Use one of them.",
    );
  });
});

describe('what cannot be dispatched', () => {
  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    ['user.created', "the text 'user.created'"],
    [{}, 'an empty object'],
    [[new Silent('')], 'a list'],
    [new Map([['card', '4111']]), 'an instance of Map'],
    [{ card: '4111', at: new Date(0) }, 'an object with card, at'],
    [Silent, 'the class or function Silent'],
    [{ getName: () => 'x' }, 'an object with getName'],
  ])('%p', async (event, described) => {
    const dispatched = (await startWith()).dispatch(event as never);
    await expect(dispatched).rejects.toBeInstanceOf(InvalidEventError);
    await expect(dispatched).rejects.toThrow(`but was given ${described}. Extend BaseEvent`);
    expect(await rejectionOf(dispatched)).toHaveProperty('received', event);
  });

  it.each([undefined, '', 7, null])('an event whose name is %p', async (name) => {
    class Nameless extends BaseEvent<void> {
      override getName(): string {
        return name as string;
      }
    }
    await expect((await startWith()).dispatch(new Nameless())).rejects.toThrow(
      'must return a non-empty string',
    );
  });

  it.each([
    [{ drivers: 'sync' }, "'drivers' is no option; there are driver"],
    [{ driver: 7 }, 'driver must be a non-empty string, not 7'],
    ['', "the driver must be a name or { driver: <name> }, not ''"],
    [7, 'the driver must be a name or { driver: <name> }, not 7'],
  ])('with the options %p', async (options, message) => {
    const dispatched = (await startWith()).dispatch(new Silent(''), options as never);
    await expect(dispatched).rejects.toBeInstanceOf(InvalidOptionsError);
    await expect(dispatched).rejects.toThrow(message);
  });

  it('but an object that merely looks like an event can be', async () => {
    const service = await startWith();
    const event: IBaseEvent = {
      getName: () => 'literal',
      getPayload: () => undefined,
      execute: async () => void log.push('literal'),
    };
    await service.dispatch(event);
    await service.dispatch(Object.assign(Object.create(null), event));
    await service.dispatch(Object.freeze(new Working('')));
    expect(log).toEqual(['literal', 'literal', 'execute']);
  });

  it('and one with methods of its own is asked by them', async () => {
    @Injectable()
    class Listeners {
      @OnEvent('renamed')
      on(): void {
        log.push('renamed');
      }
    }
    const service = await startWith(Listeners);
    await service.dispatch(new Silent(''));
    const event = Object.assign(new Silent(''), { getName: () => 'renamed' });
    const working = Object.assign(new Silent(''), { execute: async () => void log.push('own work') });
    const choosing = Object.assign(new Silent(''), { getDriverName: () => 'durable' });
    await service.dispatch(event);
    await service.dispatch(working);
    await service.dispatch(choosing);
    expect(log).toEqual(['renamed', 'own work', 'durable stored execute']);
  });
});

describe('dispatchMany()', () => {
  it('dispatches in order, and goes on after a failure', async () => {
    const service = await startWith();
    const events = ['', 'fail', ''].map((payload) => new Working(payload));
    await expect(service.dispatchMany(events)).rejects.toThrow('execute failed');
    expect(log).toEqual(['execute', 'execute', 'execute']);
    await expect(service.dispatchMany([new Working('fail'), new Working('fail')])).rejects.toThrow(
      EventDispatchException,
    );
    await expect(service.dispatchMany([])).resolves.toBeUndefined();
    log = [];
    await expect(service.dispatchMany([undefined as never, new Working('fail')])).rejects.toThrow(
      /^2 deliveries of event 'dispatchMany\(\)' failed: events\[0\] \(dispatch\(\) takes an event/,
    );
    expect(log).toEqual(['execute']);
  });

  it.each([
    [5, '5'],
    [undefined, 'undefined'],
    [new Silent(''), /Silent \{/],
  ])('refuses what is no list: %p', async (events, described) => {
    const dispatched = (await startWith()).dispatchMany(events as never);
    await expect(dispatched).rejects.toBeInstanceOf(InvalidEventError);
    await expect(dispatched).rejects.toThrow('dispatchMany() takes a list of events, not ');
    await expect(dispatched).rejects.toThrow(described);
  });

  it('takes a driver for all of them', async () => {
    const service = await startWith();
    await service.dispatchMany([new Silent('a'), new Silent('b')], 'durable');
    expect(log).toEqual(['durable stored execute, execute']);
  });
});

import { Controller, Inject, Injectable, Module, Scope } from '@nestjs/common';
import { ContextIdFactory, REQUEST } from '@nestjs/core';
import {
  BaseEvent,
  Event,
  EventListener,
  EventService,
  EventsModule,
  type IEventListener,
  OnEvent,
} from 'nestjs-event-drivers';
import { closeApps, start, startApp, syncConfig } from '../support/app.js';

@Event({ name: 'order.created' })
class OrderCreated extends BaseEvent<{ id: number }> {}

@Event({ name: 'order.item.added' })
class ItemAdded extends BaseEvent<{ id: number }> {}

class SpecialOrderCreated extends OrderCreated {}

let heard: string[] = [];

beforeEach(() => {
  heard = [];
});

afterEach(closeApps);

async function dispatch(
  providers: Parameters<typeof startApp>[1],
  ...events: BaseEvent<never>[]
): Promise<string[]> {
  const app = await startApp(syncConfig(), providers);
  for (const event of events) await app.get(EventService).dispatch(event);
  return heard;
}

const orderCreated = new OrderCreated({ id: 1 }) as BaseEvent<never>;
const itemAdded = new ItemAdded({ id: 2 }) as BaseEvent<never>;

describe('what a listener hears', () => {
  it('an event class', async () => {
    @Injectable()
    class Listener {
      @OnEvent(OrderCreated)
      on(event: OrderCreated): void {
        heard.push(`order ${event.getPayload().id}`);
      }
    }
    expect(await dispatch([Listener], orderCreated, itemAdded)).toEqual(['order 1']);
  });

  it('the subclasses of an event class', async () => {
    @Injectable()
    class Listener {
      @OnEvent(OrderCreated)
      on(event: OrderCreated): void {
        heard.push(event.constructor.name);
      }

      @OnEvent(BaseEvent)
      all(event: BaseEvent<unknown>): void {
        heard.push(`all ${event.getName()}`);
      }
    }
    const special = new SpecialOrderCreated({ id: 3 }) as BaseEvent<never>;
    expect(await dispatch([Listener], special)).toEqual(['SpecialOrderCreated', 'all SpecialOrderCreated']);
  });

  it.each([
    ['order.created', ['order.created']],
    ['order.*', ['order.created']],
    ['order.**', ['order.created', 'order.item.added']],
    ['*.created', ['order.created']],
    ['**', ['order.created', 'order.item.added']],
    ['**.added', ['order.item.added']],
    ['order.*.added', ['order.item.added']],
    ['order', []],
    ['order.created.**', ['order.created']],
    ['*', []],
  ])('the name %s', async (pattern, names) => {
    @Injectable()
    class Listener {
      @OnEvent(pattern)
      on(event: BaseEvent<unknown>): void {
        heard.push(event.getName());
      }
    }
    expect(await dispatch([Listener], orderCreated, itemAdded)).toEqual(names);
  });

  it('each event of a list once, however many of its patterns match', async () => {
    @Injectable()
    class Listener {
      @OnEvent([OrderCreated, 'order.*', ItemAdded])
      on(event: OrderCreated | ItemAdded): void {
        heard.push(event.getName());
      }
    }
    expect(await dispatch([Listener], orderCreated, itemAdded)).toEqual([
      'order.created',
      'order.item.added',
    ]);
  });

  it('what each of several decorators says, and an event once', async () => {
    @Injectable()
    class Listener {
      @OnEvent(OrderCreated)
      @OnEvent('order.*')
      @OnEvent(ItemAdded)
      on(event: OrderCreated | ItemAdded): void {
        heard.push(event.getName());
      }
    }
    expect(await dispatch([Listener], orderCreated, itemAdded)).toEqual([
      'order.created',
      'order.item.added',
    ]);
  });

  it('an event twice, where two decorators on a method have ids of their own', async () => {
    @Injectable()
    class Listener {
      @OnEvent(OrderCreated, { id: 'by-class' })
      @OnEvent('order.*', { id: 'by-name' })
      on(event: OrderCreated): void {
        heard.push(event.getName());
      }
    }
    expect(await dispatch([Listener], orderCreated)).toEqual(['order.created', 'order.created']);
  });

  it('only what its predicate wants', async () => {
    @Injectable()
    class Listener {
      @OnEvent(OrderCreated, { when: (event) => event.getPayload().id > 1 })
      on(event: OrderCreated): void {
        heard.push(`order ${event.getPayload().id}`);
      }
    }
    const second = new OrderCreated({ id: 2 }) as BaseEvent<never>;
    expect(await dispatch([Listener], orderCreated, second)).toEqual(['order 2']);
  });

  it('fails the delivery if its predicate throws or answers later', async () => {
    @Injectable()
    class Listener {
      @OnEvent(OrderCreated, {
        when: () => {
          throw new Error('no idea');
        },
      })
      throwing(): void {}

      @OnEvent(ItemAdded, { when: (async () => true) as never })
      later(): void {}
    }
    const service = (await startApp(syncConfig(), [Listener])).get(EventService);
    await expect(service.dispatch(orderCreated)).rejects.toThrow('no idea');
    await expect(service.dispatch(itemAdded)).rejects.toThrow(
      'Listener Listener.later: when() must answer at once, but returned a promise',
    );
  });
});

describe('where listeners are found', () => {
  @Injectable()
  class Listener {
    protected name = 'Listener';

    @OnEvent(OrderCreated)
    on(_event: OrderCreated): void {
      heard.push(this.name);
    }
  }

  it('in controllers', async () => {
    @Controller()
    class ListeningController {
      @OnEvent(OrderCreated)
      on(): void {
        heard.push('controller');
      }
    }
    const app = await startApp(syncConfig(), [], { controllers: [ListeningController] });
    await app.get(EventService).dispatch(orderCreated);
    expect(heard).toEqual(['controller']);
  });

  it.each([
    ['a class', [Listener]],
    ['a class under another token', [{ provide: 'listener', useClass: Listener }]],
    ['a value', [{ provide: 'listener', useValue: new Listener() }]],
    ['a factory', [{ provide: 'listener', useFactory: () => new Listener() }]],
    ['an asynchronous factory', [{ provide: 'listener', useFactory: async () => new Listener() }]],
    ['an alias, once', [Listener, { provide: 'listener', useExisting: Listener }]],
    [
      'a factory that returns another provider, once',
      [Listener, { provide: 'listener', inject: [Listener], useFactory: (listener: Listener) => listener }],
    ],
  ])('in %s', async (_name, providers) => {
    expect(await dispatch(providers, orderCreated)).toEqual(['Listener']);
  });

  it('in a subclass, once, unless it overrides the method without listening', async () => {
    @Injectable()
    class Inheriting extends Listener {
      protected override name = 'Inheriting';
    }
    @Injectable()
    class Overriding extends Listener {
      override on(): void {
        heard.push('Overriding');
      }
    }
    expect(await dispatch([Inheriting, Overriding], orderCreated)).toEqual(['Inheriting']);
  });

  it('in a module that is not global', async () => {
    @Module({ providers: [Listener] })
    class Feature {}
    const app = await start({ imports: [EventsModule.forRoot(syncConfig()), Feature] });
    await app.get(EventService).dispatch(orderCreated);
    expect(heard).toEqual(['Listener']);
  });

  it('in classes that listen as a whole', async () => {
    @EventListener(OrderCreated)
    class HandleOrder implements IEventListener<OrderCreated> {
      handle(event: OrderCreated): void {
        heard.push(`handled ${event.getPayload().id}`);
      }
    }
    const app = await startApp(syncConfig(), [HandleOrder]);
    await app.get(EventService).dispatch(orderCreated);
    expect(heard).toEqual(['handled 1']);
    expect(app.get(EventService).getListeners(OrderCreated)).toEqual([
      { id: 'HandleOrder', driver: undefined, order: 0, events: [OrderCreated] },
    ]);
  });

  it('and calls a method that a test has replaced since', async () => {
    const app = await startApp(syncConfig(), [Listener]);
    await app.get(EventService).dispatch(orderCreated);
    app.get(Listener).on = () => void heard.push('replaced');
    await app.get(EventService).dispatch(orderCreated);
    expect(heard).toEqual(['Listener', 'replaced']);
  });
});

describe('listeners that are not singletons', () => {
  it('are created for each event, which they can inject as their request', async () => {
    let created = 0;
    @Injectable({ scope: Scope.REQUEST })
    class RequestScoped {
      constructor(@Inject(REQUEST) private readonly request: OrderCreated) {
        created++;
      }

      @OnEvent(OrderCreated)
      on(event: OrderCreated): void {
        heard.push(`${event.getPayload().id} ${this.request === event}`);
      }
    }
    const second = new OrderCreated({ id: 2 }) as BaseEvent<never>;
    expect(await dispatch([RequestScoped], orderCreated, second)).toEqual(['1 true', '2 true']);
    expect(created).toBe(2);
  });

  it('are created for each event if something that they inject is', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Tenant {
      constructor(@Inject(REQUEST) readonly request: OrderCreated) {}
    }
    @Injectable()
    class Dependent {
      constructor(private readonly tenant: Tenant) {}

      @OnEvent(OrderCreated)
      on(): void {
        heard.push(`tenant of ${this.tenant.request.getPayload().id}`);
      }
    }
    expect(await dispatch([Tenant, Dependent], orderCreated)).toEqual(['tenant of 1']);
  });

  it('are created for each event if they are request-scoped controllers', async () => {
    @Controller({ path: 'orders', scope: Scope.REQUEST })
    class ScopedController {
      constructor(@Inject(REQUEST) private readonly request: OrderCreated) {}

      @OnEvent(OrderCreated)
      on(): void {
        heard.push(`controller for ${this.request.getPayload().id}`);
      }
    }
    const app = await startApp(syncConfig(), [], { controllers: [ScopedController] });
    await app.get(EventService).dispatch(orderCreated);
    expect(heard).toEqual(['controller for 1']);
  });

  it('are called though they are transient', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class Transient {
      @OnEvent(OrderCreated)
      on(event: OrderCreated): void {
        heard.push(`transient ${event.getPayload().id}`);
      }
    }
    expect(await dispatch([Transient], orderCreated)).toEqual(['transient 1']);
  });

  it('are shared by the events of a tenant if they are durable', async () => {
    let created = 0;
    @Injectable({ scope: Scope.REQUEST, durable: true })
    class Durable {
      constructor(@Inject(REQUEST) private readonly tenant: { tenantId: string }) {
        created++;
      }

      @OnEvent(OrderCreated)
      on(event: OrderCreated): void {
        heard.push(`${event.getPayload().id} of ${this.tenant.tenantId}`);
      }
    }
    const tenants = new Map([
      [1, { id: 1 }],
      [0, { id: 0 }],
    ]);
    ContextIdFactory.apply({
      attach: (contextId, request: OrderCreated) => {
        const tenant = request.getPayload().id % 2;
        return {
          resolve: ({ isTreeDurable }) => (isTreeDurable ? tenants.get(tenant)! : contextId),
          payload: { tenantId: `tenant-${tenant}` },
        };
      },
    });
    try {
      const events = [1, 2, 3].map((id) => new OrderCreated({ id }) as BaseEvent<never>);
      expect(await dispatch([Durable], ...events)).toEqual([
        '1 of tenant-1',
        '2 of tenant-0',
        '3 of tenant-1',
      ]);
      expect(created).toBe(2);
    } finally {
      ContextIdFactory.apply(undefined as never);
    }
  });

  it('pass on what they throw', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Failing {
      @OnEvent(OrderCreated)
      on(): void {
        throw new Error('out of stock');
      }
    }
    const app = await startApp(syncConfig(), [Failing]);
    await expect(app.get(EventService).dispatch(orderCreated)).rejects.toThrow('out of stock');
  });
});

describe('what is refused', () => {
  it.each([
    [() => OnEvent(undefined as never), 'the event is undefined; where two files import each other'],
    [() => OnEvent(''), 'an event name must not be empty'],
    [() => OnEvent([]), 'the list of events is empty'],
    [() => OnEvent(7 as never), 'an event must be a class, a name, or a list of them (7)'],
    [() => OnEvent('x'.repeat(300)), 'must not be longer than 256 characters'],
    [() => OnEvent(OrderCreated, { oder: 1 } as never), "'oder' is no option; there are driver, order, id, "],
    [() => OnEvent(OrderCreated, { order: '1' as never }), "order must be a number, not '1'"],
    [() => OnEvent(OrderCreated, { when: true as never }), 'when must be a function, not true'],
    [() => OnEvent(OrderCreated, { driver: '' }), "driver must be a non-empty string, not ''"],
  ])('%s', (decorator, message) => {
    const declare = (): unknown => {
      class Listener {
        on(): void {}
      }
      const descriptor = Object.getOwnPropertyDescriptor(Listener.prototype, 'on')!;
      (decorator() as (...decorated: unknown[]) => void)(Listener.prototype, 'on', descriptor);
      return Listener;
    };
    expect(declare).toThrow('Listener Listener.on: ');
    expect(declare).toThrow(message);
  });

  it('@OnEvent() on a static method', () => {
    expect(() => {
      class Listener {
        @OnEvent(OrderCreated)
        static on(): void {}
      }
      return Listener;
    }).toThrow('Listener Listener.on: @OnEvent() goes on a method of an instance');
  });

  it('@EventListener() on a class without handle()', () => {
    expect(() => EventListener(OrderCreated)(class Empty {} as never)).toThrow(
      'Listener Empty: @EventListener() needs a method handle(event)',
    );
  });

  it('two listeners with one id, a driver that is not configured, and two events with one name, all at once', async () => {
    @Event({ name: 'order.created', driver: 'nowhere' })
    class Other extends BaseEvent {}
    @Injectable()
    class One {
      @OnEvent(OrderCreated, { id: 'twin' })
      on(): void {}
    }
    @Injectable()
    class Two {
      @OnEvent(OrderCreated, { id: 'twin' })
      on(): void {}

      @OnEvent(Other, { driver: 'rerty' })
      misspelt(): void {}
    }
    const failure = await startApp(syncConfig(), [One, Two]).catch((error: Error) => error);
    expect(failure).toMatchObject({ name: 'InvalidEventConfigError', code: 'EVENTS_INVALID_CONFIG' });
    expect((failure as Error).message.split('\n')).toEqual([
      'Invalid events configuration, 4 problems:',
      "  - two event classes have the name 'order.created': OrderCreated and Other; rename one of them with @Event({ name: '...' })",
      expect.stringContaining(
        "2 listeners have the id 'twin': One.on (RootTestModule), Two.on (RootTestModule).",
      ),
      "  - listener Two.misspelt (RootTestModule) names a driver that cannot be found. There is no driver 'rerty'. Configured are: 'sync'.",
      "  - event Other names a driver that cannot be found. There is no driver 'nowhere'. Configured are: 'sync'.",
    ]);
  });

  it('one class provided by two modules, naming both', async () => {
    @Injectable()
    class Shared {
      @OnEvent(OrderCreated)
      on(): void {}
    }
    @Module({ providers: [Shared] })
    class Left {}
    @Module({ providers: [Shared] })
    class Right {}
    await expect(start({ imports: [EventsModule.forRoot(syncConfig()), Left, Right] })).rejects.toThrow(
      /2 listeners have the id 'Shared.on': Shared.on \(Left\), Shared.on \(Right\).*provide it in one of them/,
    );
  });
});

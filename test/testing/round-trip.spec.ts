import { Injectable } from '@nestjs/common';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  AsyncDriver,
  BaseEvent,
  type ContextCarrier,
  Event,
  EventConfig,
  type IBaseEvent,
  OnEvent,
  RehydrationError,
} from 'nestjs-event-drivers';
import { z } from 'zod';
import { closeWatchedApps, queueConfig, watch } from './support/watched-app.js';

afterEach(closeWatchedApps);

class UserCreated extends BaseEvent<Record<string, unknown>> {}

class Counted extends BaseEvent<{ id: number }> {
  static runs: number[] = [];

  override async execute(): Promise<void> {
    Counted.runs.push(this.payload.id);
  }
}

@Injectable()
class Listener {
  readonly heard: IBaseEvent[] = [];

  @OnEvent('**')
  on(event: IBaseEvent): void {
    this.heard.push(event);
  }
}

const start = (config = {}) =>
  watch({ mode: 'round-trip' }, [Listener], {
    ...queueConfig(),
    events: [UserCreated, Counted],
    ...config,
  });

it('gives a listener in the process what it would be given by a queue', async () => {
  const { events, service, module } = await start();
  const payload = { at: new Date(0), tags: new Map([['a', 1n]]), left: undefined, list: [1, 2] };
  const event = new UserCreated(payload);
  await service.dispatch(event);
  const [heard] = module.get(Listener).heard;
  expect(heard).toBeInstanceOf(UserCreated);
  expect(heard).not.toBe(event);
  expect(heard!.getPayload()).toEqual(payload);
  expect(heard!.getPayload()).not.toBe(payload);
  expect(heard!.getId?.()).toBe(event.getId());
  events.expectDelivered(Listener, { list: [1, 2] });
});

it.each([
  ['a function', { callback: () => 1 }, 'callback'],
  ['an instance of a class', { user: new (class User {})() }, 'user'],
  ['text that is no text', { name: '\u0000' }, 'name'],
])('refuses %s, for any driver', async (_what, payload, path) => {
  const { service, module } = await start();
  await expect(service.dispatch(new UserCreated(payload))).rejects.toThrow(path);
  expect(module.get(Listener).heard).toEqual([]);
});

it('refuses an event that could not be made again', async () => {
  const { service } = await start();
  const event = Object.assign(new UserCreated({}), { execute: async () => {} });
  await expect(service.dispatch(event)).rejects.toThrow('execute()');
});

it('refuses an event that another process would not know', async () => {
  class Unknown extends BaseEvent<{}> {}
  const { service } = await start();
  await expect(service.dispatch(new Unknown({}))).rejects.toThrow(
    "neither 'events' of the configuration nor a listener names the class Unknown",
  );
});

it('takes as large a payload as the largest queue', async () => {
  const text = 'x'.repeat(2_000_000);
  const { service } = await start();
  await expect(service.dispatch(new UserCreated({ text }))).rejects.toThrow('larger than 1048576 bytes');
  const { service: larger } = await start(queueConfig(undefined, { maxPayloadBytes: 3_000_000 }));
  await larger.dispatch(new UserCreated({ text }));
});

it('fails for an event whose class cannot take its payload back', async () => {
  class Odd extends BaseEvent<{ name: string }> {
    static fromPayload(): never {
      throw new Error('not made for that');
    }
  }
  const { service } = await start({ events: [Odd] });
  await expect(service.dispatch(new Odd({ name: 'Ada' }))).rejects.toThrow(RehydrationError);
});

it('holds the payload against its schema, on both sides', async () => {
  @Event({ schema: z.object({ age: z.number().positive() }) })
  class Born extends BaseEvent<{ age: number }> {}
  const { service } = await start({ events: [Born] });
  await service.dispatch(new Born({ age: 1 }));
  await expect(service.dispatch(new Born({ age: -1 }))).rejects.toThrow('age');
});

it("does the event's own work on what has arrived, by whichever driver", async () => {
  const { events, service } = await start({
    drivers: {
      ...queueConfig().drivers,
      background: EventConfig.createConfigDriver(AsyncDriver, { background: true }),
    },
  });
  Counted.runs = [];
  await service.dispatch(new Counted({ id: 1 }));
  await service.dispatch(new Counted({ id: 2 }), 'queue');
  await service.dispatch(new Counted({ id: 3 }), 'background');
  await events.settled();
  expect(Counted.runs.toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
  events.expectDeliveredTimes(Counted, 3);
  events.expectDelivered(Counted, { id: 2 });
});

it('carries the context along', async () => {
  const storage = new AsyncLocalStorage<string>();
  class Tenant implements ContextCarrier {
    capture() {
      const tenant = storage.getStore();
      return tenant === undefined ? undefined : { tenant };
    }

    restore<T>(headers: Readonly<Record<string, string>>, run: () => T): T {
      return headers['tenant'] === undefined ? run() : storage.run(`restored ${headers['tenant']}`, run);
    }
  }
  const tenants: unknown[] = [];
  @Injectable()
  class TenantListener {
    @OnEvent(UserCreated)
    on(): void {
      tenants.push(storage.getStore());
    }
  }
  const { service } = await watch({ mode: 'round-trip' }, [TenantListener], { context: [new Tenant()] });
  await storage.run('acme', () => service.dispatch(new UserCreated({})));
  expect(tenants).toEqual(['restored acme']);
});

it('carries the context of a trace along', async () => {
  const traces: unknown[] = [];
  @Injectable()
  class TracedListener {
    @OnEvent(UserCreated)
    on(): void {
      traces.push(trace.getSpanContext(context.active())?.traceId);
    }
  }
  const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
  const manager = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(manager);
  propagation.setGlobalPropagator({
    inject: (active, carrier) =>
      Object.assign(carrier as object, { trace: trace.getSpanContext(active)?.traceId }),
    extract: (active, carrier) =>
      trace.setSpanContext(active, { ...span, traceId: (carrier as { trace: string }).trace }),
    fields: () => ['trace'],
  });
  const { service } = await watch({ mode: 'round-trip' }, [TracedListener]);
  await context.with(trace.setSpanContext(context.active(), span), () =>
    service.dispatch(new UserCreated({})),
  );
  propagation.disable();
  context.disable();
  manager.disable();
  expect(traces).toEqual([span.traceId]);
});

it('carries nothing else along', async () => {
  const storage = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  @Injectable()
  class ContextListener {
    @OnEvent(UserCreated)
    on(): void {
      seen.push(storage.getStore());
    }
  }
  const { events, service } = await watch({ mode: 'round-trip' }, [ContextListener], queueConfig());
  await storage.run('acme', () => service.dispatch(new UserCreated({})));
  await storage.run('acme', () => service.dispatch(new UserCreated({}), 'queue'));
  await events.settled();
  expect(seen).toEqual([undefined, undefined]);
});

it('delivers from queues in the background, as in production', async () => {
  const { events, service, module } = await start();
  await service.dispatch(new UserCreated({ id: 1 }), 'queue');
  await events.settled();
  expect(module.get(Listener).heard).toHaveLength(1);
});

it('may be for some events only', async () => {
  const { service, module } = await watch({ mode: 'round-trip', except: [Counted] }, [Listener]);
  const event = new Counted({ id: 1 });
  await service.dispatch(event);
  expect(module.get(Listener).heard[0]).toBe(event);
});

it('lets pass what could not be stored, where it is not for that', async () => {
  const { service, module } = await watch({ mode: 'round-trip', only: [Counted] }, [Listener]);
  const plain = { getName: () => 'plain', getPayload: () => ({ work: () => 1 }), execute: async () => {} };
  await service.dispatch(plain);
  expect(module.get(Listener).heard).toEqual([plain]);
});

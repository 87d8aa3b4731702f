import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BaseEvent, type ContextCarrier, Event, OnEvent } from 'nestjs-event-drivers';
import { z } from 'zod';
import { closeApps } from '../support/app.js';
import { onEachStore, onServers, type QueueApp, startQueue } from '../support/queue.js';
import { until } from '../support/until.js';

afterEach(closeApps);

@Event({ name: 'user.registered' })
class Registered extends BaseEvent<{ mail: string }> {}

@Injectable()
class Greeter {
  readonly heard: unknown[] = [];

  @OnEvent(Registered, { id: 'greet' })
  greet(event: Registered): void {
    this.heard.push(event.getPayload());
  }
}

async function reasons({ queues }: QueueApp, count: number): Promise<string[]> {
  await until(`${count} are given up`, async () => (await queues.listFailed()).length === count);
  return (await queues.listFailed()).map(({ reason }) => reason).toSorted();
}

onServers('What a process cannot deliver', (store) => {
  test('is given up with a reason, and delivered after the next deployment', async () => {
    @Injectable()
    class Removed {
      @OnEvent(Registered, { id: 'removed' })
      listen(): void {}
    }
    @Event({ name: 'user.renamed' })
    class Unknown extends BaseEvent<{ mail: string }> {}

    const name = store.uniqueName();
    const before = await startQueue(
      store,
      [Greeter, Removed],
      {},
      { workers: false, events: [Unknown] },
      name,
    );
    await before.events.dispatch(new Registered({ mail: 'a' }));
    await before.events.dispatch(new Unknown({ mail: 'b' }));
    const now = await startQueue(store, [Greeter], {}, {}, name);
    const heard = now.app.get(Greeter);
    expect(await reasons(now, 2)).toEqual([
      expect.stringMatching(/^EVENTS_UNKNOWN_EVENT: no event class has the name 'user\.renamed'/),
      expect.stringMatching(/^EVENTS_UNKNOWN_LISTENER: .*no listener.*'removed'|^EVENTS_UNKNOWN_LISTENER/),
    ]);
    expect(heard.heard).toEqual([{ mail: 'a' }]);
    await now.app.close();

    const delivered: unknown[] = [];
    @Injectable()
    class Later {
      @OnEvent([Registered, Unknown], { id: 'removed' })
      listen(event: Registered | Unknown): void {
        delivered.push(event.getPayload());
      }
    }
    const later = await startQueue(store, [Later], {}, { events: [Unknown] }, name);
    expect(await later.queues.previewRedrive()).toBe(2);
    expect(await later.queues.redrive({ listener: 'removed' })).toBe(1);
    await until('it is delivered', () => delivered.length === 1);
    expect(delivered).toEqual([{ mail: 'a' }]);
    expect(await later.queues.purge()).toBe(1);
    expect(await later.queues.listFailed()).toEqual([]);
  });

  test('of an older version is brought up to date, of a newer one kept for later', async () => {
    @Event({ name: 'address', version: 1 })
    class First extends BaseEvent<{ street: string }> {}
    @Event({
      name: 'address',
      version: 2,
      upcast: (payload) => ({ lines: [(payload as { street: string }).street] }),
    })
    class Second extends BaseEvent<{ lines: string[] }> {}
    const listen = (eventClass: typeof First | typeof Second, heard: unknown[]) => {
      @Injectable()
      class Listener {
        @OnEvent(eventClass as typeof Second, { id: 'address' })
        listen(event: Second): void {
          heard.push(event.getPayload());
        }
      }
      return Listener;
    };
    const name = store.uniqueName();
    const heard: unknown[] = [];
    const old = await startQueue(store, [listen(First, heard)], {}, { workers: false }, name);
    await old.events.dispatch(new First({ street: 'Elm' }));
    const current = await startQueue(store, [listen(Second, heard)], {}, {}, name);
    await until('it is heard', () => heard.length === 1);
    expect(heard).toEqual([{ lines: ['Elm'] }]);
    await current.app.close();

    const newer = await startQueue(store, [listen(Second, heard)], {}, { workers: false }, name);
    await newer.events.dispatch(new Second({ lines: ['Oak'] }));
    const behind = await startQueue(store, [listen(First, heard)], {}, {}, name);
    expect(await reasons(behind, 1)).toEqual([expect.stringMatching(/^EVENTS_UNSUPPORTED_VERSION/)]);
  });

  test('fits its schema at the dispatch and on arrival', async () => {
    @Event({ name: 'paid', schema: z.object({ amount: z.number() }) })
    class Loose extends BaseEvent<{ amount: number }> {}
    @Event({ name: 'paid', schema: z.object({ amount: z.number().max(10) }) })
    class Strict extends BaseEvent<{ amount: number }> {}
    const heard: number[] = [];
    @Injectable()
    class Listener {
      @OnEvent(Strict, { id: 'paid' })
      listen(event: Strict): void {
        heard.push(event.getPayload().amount);
      }
    }
    @Injectable()
    class LooseListener {
      @OnEvent(Loose, { id: 'paid' })
      listen(): void {}
    }
    const name = store.uniqueName();
    const sender = await startQueue(store, [LooseListener], {}, { workers: false }, name);
    const worker = await startQueue(store, [Listener], {}, {}, name);
    await expect(sender.events.dispatch(new Loose({ amount: 'x' as never }))).rejects.toThrow(
      /payload\.amount/,
    );
    await sender.events.dispatch(new Loose({ amount: 11 }));
    await sender.events.dispatch(new Loose({ amount: 9 }));
    expect(await reasons(worker, 1)).toEqual([
      expect.stringMatching(/^EVENTS_SCHEMA_MISMATCH.*payload\.amount/),
    ]);
    await until('the other is heard', () => heard.length === 1);
    expect(heard).toEqual([9]);
  });
});

onEachStore('What surrounds a dispatch', (store) => {
  test('is there around its deliveries: what the application carries, and the trace', async () => {
    const tenants = new AsyncLocalStorage<string>();
    const tenant: ContextCarrier = {
      capture: () => ({ tenant: tenants.getStore() }),
      restore: (headers, run) =>
        headers['tenant'] === undefined ? run() : tenants.run(headers['tenant'], run),
    };
    const seen: unknown[] = [];
    @Injectable()
    class Listener {
      @OnEvent(Registered)
      async listen(): Promise<void> {
        await Promise.resolve();
        seen.push([tenants.getStore(), trace.getSpanContext(context.active())?.traceId]);
      }
    }
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const manager = new AsyncLocalStorageContextManager().enable();
    context.setGlobalContextManager(manager);
    propagation.setGlobalPropagator({
      inject: (active, carrier) => {
        const span = trace.getSpanContext(active);
        if (span) (carrier as Record<string, string>)['traceparent'] = `00-${span.traceId}-${span.spanId}-01`;
      },
      extract: (active, carrier) => {
        const [, id, spanId] = (carrier as Record<string, string>)['traceparent']?.split('-') ?? [];
        return id === undefined
          ? active
          : trace.setSpanContext(active, { traceId: id, spanId: spanId!, traceFlags: 1, isRemote: true });
      },
      fields: () => ['traceparent'],
    });
    try {
      const { events } = await startQueue(store, [Listener], {}, { context: [tenant] });
      const span = { traceId, spanId: 'b7ad6b7169203331', traceFlags: 1 };
      await context.with(trace.setSpanContext(context.active(), span), () =>
        tenants.run('acme', () => events.dispatch(new Registered({ mail: 'a' }))),
      );
      await events.dispatch(new Registered({ mail: 'b' }));
      await until('both are heard', () => seen.length === 2);
      expect(seen).toEqual([
        ['acme', traceId],
        [undefined, undefined],
      ]);
    } finally {
      context.disable();
      propagation.disable();
    }
  });
});

import { Injectable } from '@nestjs/common';
import { BaseEvent, type ContextCarrier, Event, InvalidEventError, OnEvent } from 'nestjs-event-drivers';
import { uuidv7 } from '../../lib/event/uuidv7.js';
import { closeApps } from '../support/app.js';
import { rejectionOf } from '../support/drivers.js';
import { onEachStore, startQueue } from '../support/queue.js';
import { until } from '../support/until.js';

afterEach(closeApps);

class WithOwnId extends BaseEvent<{ id: unknown; key?: unknown }> {
  override getId(): string {
    return this.getPayload().id as string;
  }
}

@Event({ name: 'order.placed' })
class Placed extends WithOwnId {}

@Event({ name: 'order.shipped' })
class Shipped extends WithOwnId {}

@Injectable()
class Listener {
  readonly heard: string[] = [];

  @OnEvent([Placed, Shipped])
  hear(event: WithOwnId): void {
    this.heard.push(`${event.getName()} ${event.getId()}`);
  }
}

const UNFIT: ReadonlyArray<readonly [what: string, value: unknown]> = [
  ['nothing but blanks', ' '],
  ['empty text', ''],
  ['a number', 42],
  ['a NUL character', 'a\0'],
  ['half a surrogate pair', '\ud800'],
  ['what no index takes', 'x'.repeat(256)],
];

const KEYS = ['idempotencyKey', 'group', 'orderingKey'] as const;

test.each(KEYS)('@Event() takes no %s that could be none', (option) => {
  for (const [, key] of UNFIT) {
    expect(() => Event({ [option]: key })(class extends BaseEvent<void> {})).toThrow(
      new RegExp(`${option} must be a non-empty string of at most 255 characters`),
    );
  }
});

const nameAndTime = (event: BaseEvent<unknown>) => `${event.getName()} at ${event.getTimestamp()}`;

onEachStore('A delivery', (store) => {
  test('is run once, though its event is dispatched twice at once before it has an id', async () => {
    @Event({ name: 'order.returned' })
    class Returned extends BaseEvent<{ label: string }> {}
    const heard: string[] = [];
    class Desk {
      @OnEvent(Returned)
      hear(event: Returned): void {
        heard.push(event.getPayload().label);
      }
    }
    const { events } = await startQueue(store, [Desk]);
    const [first, second] = [new Returned({ label: 'a' }), new Returned({ label: 'b' })];
    await Promise.all([
      events.dispatch(first),
      events.dispatch(first),
      events.dispatchMany([second, second]),
    ]);
    await events.dispatch(new Returned({ label: 'c' }));
    await until('the last one was heard', () => heard.includes('c'));
    expect(heard.toSorted()).toEqual(['a', 'b', 'c']);
  });

  test('has the time of its dispatch at every attempt, whatever its id is', async () => {
    @Event({ name: 'order.cancelled' })
    class Cancelled extends BaseEvent<{ id: string }> {}
    const heard: string[] = [];
    class Late {
      @OnEvent([Placed, Cancelled])
      async hear(event: BaseEvent<unknown>): Promise<void> {
        const isFirst = !heard.includes(nameAndTime(event));
        heard.push(nameAndTime(event));
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (isFirst) throw new Error('not yet');
      }
    }
    const { events } = await startQueue(store, [Late], { delayMs: 10, jitter: false });
    const [own, made] = [new Placed({ id: uuidv7() }), new Cancelled({ id: 'c1' })];
    await events.dispatch(own);
    await events.dispatch(made);
    await until('both are tried again', () => heard.length === 4);
    const expected = [own, made].flatMap((event) => [nameAndTime(event), nameAndTime(event)]);
    expect(heard.toSorted()).toEqual(expected.toSorted());
  });
});

onEachStore('An event with an id of its own', (store) => {
  test('is one of its name: others may have the same', async () => {
    const { app, events } = await startQueue(store, [Listener]);
    const { heard } = app.get(Listener);
    const uuid = uuidv7();
    for (const id of ['o1', uuid]) {
      for (const eventClass of [Placed, Shipped, Placed]) await events.dispatch(new eventClass({ id }));
    }
    await events.dispatch(new Shipped({ id: 'last' }));
    await until('the last is heard', () => heard.includes('order.shipped last'));
    await until('all are heard', () => heard.length >= 5);
    expect(heard.toSorted()).toEqual(
      ['placed o1', `placed ${uuid}`, 'shipped last', 'shipped o1', `shipped ${uuid}`]
        .map((text) => `order.${text}`)
        .toSorted(),
    );
  });

  store.testOnServers('is refused where that could be none', async () => {
    const { events } = await startQueue(store, [Listener]);
    for (const [what, id] of UNFIT) {
      const error = await rejectionOf(events.dispatch(new Placed({ id })));
      expect([what, error]).toEqual([what, expect.any(InvalidEventError)]);
      expect(String(error)).toMatch(/getId\(\) of event 'order\.placed' must return a non-empty string/);
    }
  });

  test('has keys of any length that is allowed, or none', async () => {
    const { app, events } = await startQueue(store, [Listener]);
    const key = '\u{1f40d}x'.repeat(85);
    await events.dispatch(new Placed({ id: key }), { orderingKey: key, group: key });
    const idempotencyKey = 'x\u{1f40d}'.repeat(85);
    await events.dispatch(new Placed({ id: 'none' }), { orderingKey: () => undefined, idempotencyKey });
    await until('both are heard', () => app.get(Listener).heard.length === 2);
  });

  store.testOnServers(
    'has no ordering key where it alone is delayed, since it would be overtaken',
    async () => {
      const { app, events } = await startQueue(store, [Listener], { runAfterSeconds: 0.1 });
      const dispatch = (options: object): Promise<void> => events.dispatch(new Placed({ id: 'o1' }), options);
      const message = /orderingKey exclude one another: what is delayed would be overtaken/;
      await expect(dispatch({ orderingKey: 'k', delay: '1m' })).rejects.toThrow(message);
      await expect(dispatch({ orderingKey: 'k', delay: 0 })).rejects.toThrow(message);
      await expect(dispatch({ orderingKey: () => 'k', at: new Date() })).rejects.toThrow(message);
      await dispatch({ orderingKey: 'k' });
      await until('it is heard', () => app.get(Listener).heard.length === 1);
    },
  );

  test('is stored whatever text is carried along with it', async () => {
    const restored: unknown[] = [];
    const carrier: ContextCarrier = {
      capture: () => ({ tenant: 'a\0b\ud800' }),
      restore(headers, run) {
        restored.push(headers['tenant']);
        return run();
      },
    };
    const { app, events } = await startQueue(store, [Listener], {}, { context: [carrier] });
    await events.dispatch(new Placed({ id: 'o1' }));
    await until('it is heard', () => app.get(Listener).heard.length === 1);
    expect(restored).toEqual(['ab\ufffd']);
  });
});

/** What a dispatch costs as an application grows: in events, each with a listener, and in listeners of one event. */
import { BaseEvent, Event, OnEvent } from 'nestjs-event-drivers';
import { defer } from './support/clean-up.mjs';
import { compare, toComparison } from './support/comparison.mjs';
import { checkCalls, compareCosts } from './support/cost.mjs';
import { decorateMethod, toProvider } from './support/decorate.mjs';
import { startInProcessApp } from './support/in-process-app.mjs';

export const ROUNDS = 10;
export const PACKAGES = [];

const SIZES = [10, 100, 1000, 10_000];
/** As a class of an application may have; ten thousand classes would be a benchmark of Nest. */
const PER_CLASS = 10;

let handled = 0;

/** Classes that hear these events, each of them in a method of its own. */
function createListeners(events) {
  return Array.from({ length: Math.ceil(events.length / PER_CLASS) }, (_, index) => {
    class Listener {}
    for (const [no, event] of events.slice(index * PER_CLASS, (index + 1) * PER_CLASS).entries()) {
      Object.defineProperty(Listener.prototype, `on${no}`, {
        value: async () => {
          handled++;
        },
        configurable: true,
      });
      decorateMethod(Listener, `on${no}`, OnEvent(event));
    }
    return toProvider(Listener, `Listener${events.length}x${index}`);
  });
}

async function start(listeners) {
  const { app, service } = await startInProcessApp(listeners);
  defer(() => app.close());
  return { app, service };
}

async function createAmongEvents(size) {
  const events = Array.from({ length: size }, (_, index) => {
    class Happened extends BaseEvent {}
    Event({ name: `happened.${index}` })(Happened);
    return Happened;
  });
  const { service } = await start(createListeners(events));
  const event = new events[size / 2]();
  return async (n) => {
    for (let i = 0; i < n; i++) await service.dispatch(event);
  };
}

async function createManyListeners(size) {
  class Happened extends BaseEvent {}
  const listeners = createListeners(Array.from({ length: size }, () => Happened));
  const { app, service } = await start(listeners);
  const calls = listeners.flatMap((listener) => {
    const instance = app.get(listener);
    return Array.from({ length: PER_CLASS }, (_, no) => instance[`on${no}`].bind(instance));
  });
  const event = new Happened();
  return {
    dispatch: async (n) => {
      for (let i = 0; i < n; i++) await service.dispatch(event);
    },
    direct: async (n) => {
      for (let i = 0; i < n; i++) for (const call of calls) await call(event);
    },
  };
}

async function growInEvents(rounds) {
  const contenders = {};
  for (const size of SIZES) contenders[size] = await createAmongEvents(size);
  await checkCalls(contenders, 1, () => handled);
  const costs = await compareCosts(contenders, rounds);
  return SIZES.slice(1).map((size) =>
    compare({
      title: `dispatch(), ${size} events with a listener each`,
      ours: costs[size],
      theirs: costs[SIZES[0]],
      peer: `${SIZES[0]} events`,
      unit: 'ns',
      isProportion: true,
    }),
  );
}

async function growInListeners(rounds) {
  const rows = [];
  for (const size of SIZES) {
    const contenders = await createManyListeners(size);
    await checkCalls(contenders, size, () => handled);
    const { dispatch, direct } = await compareCosts(contenders, rounds, Math.ceil(20_000 / size));
    const each = (values) => values.map((value) => value / size);
    rows.push(
      compare({
        title: `a listener of ${size} of one event`,
        ours: each(dispatch),
        theirs: each(direct),
        peer: 'awaited in a loop',
        unit: 'ns',
        isProportion: true,
      }),
    );
  }
  return rows;
}

export async function run({ rounds }) {
  return {
    tables: [
      toComparison('As events grow in number', await growInEvents(rounds)),
      toComparison('As the listeners of an event grow in number', await growInListeners(rounds)),
    ],
  };
}

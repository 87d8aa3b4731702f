import { inspect } from 'node:util';
import { describeThrown, EventsError } from '../../../errors/index.js';
import { check, equal, rejection } from '../../conformance/check.js';
import type { Area } from '../area.js';
import type { DriverBench } from '../driver-bench.js';
import { Done } from '../suite-events.js';

/** What events carry. */
export const payloads: Area = {
  title: 'payloads',
  declare(it) {
    for (const value of VALUES) {
      it(`brings ${show(value)} to the work as it was, or refuses it`, (bench) => bringsBack(bench, value));
    }

    it('are stored as they were when they were dispatched', async (bench) => {
      const { events } = await bench.app();
      const value = { amount: 1 };
      const dispatched = events.dispatch(bench.done('a', value));
      // What is not stored is the application's to keep as it is.
      if (bench.capabilities.durable) value.amount = 2;
      await dispatched;
      await bench.untilEnded(1);
      const remedy = 'Serialize before anything is awaited';
      equal(bench.log.runs[0]!.event.getPayload().value, { amount: 1 }, 'the payload', remedy);
    });

    for (const [description, create] of UNFIT) {
      it(`have ${description}, unless they are stored: then it is refused`, (bench) =>
        bench.capabilities.durable ? refuses(bench, description, create()) : passes(bench, create()));
    }
  },
};

/** What JSON has no words for, among others. */
const VALUES: readonly unknown[] = [
  { text: 'ünï', list: [1, null, true], nested: { deep: [{}] } },
  new Date('2026-01-02T03:04:05.678Z'),
  new Map([['key', new Set([1, 2])]]),
  2n ** 70n,
  -0,
  NaN,
  [undefined],
];

const UNFIT: readonly (readonly [description: string, create: () => unknown])[] = [
  ['a function', () => () => undefined],
  [
    'a circle',
    () => {
      const circle: Record<string, unknown> = {};
      circle['itself'] = circle;
      return circle;
    },
  ],
];

async function bringsBack(bench: DriverBench, value: unknown): Promise<void> {
  const { events } = await bench.app();
  try {
    await events.dispatch(bench.done('a', value));
  } catch (error) {
    check(
      EventsError.isInstance(error),
      `it was refused by '${describeThrown(error)}', which is no EventsError`,
    );
    return;
  }
  await bench.untilEnded(1);
  const { event } = bench.log.runs[0]!;
  check(event instanceof Done, 'the event is of another class than it was');
  equal(
    show(event.getPayload().value),
    show(value),
    'a value in a payload',
    'Bring it back as it was, or refuse it at the dispatch: what it is turned into without a word is found out too late',
  );
}

/** Keys may come in another order. */
function show(value: unknown): string {
  return inspect(value, { depth: 8, sorted: true, breakLength: Infinity });
}

async function refuses(bench: DriverBench, description: string, value: unknown): Promise<void> {
  const { events } = await bench.app();
  const what = `dispatching a payload with ${description}`;
  const error = await rejection(what, () => events.dispatch(bench.done('a', value)));
  check(
    EventsError.isInstance(error),
    `${what} rejected with '${describeThrown(error)}' instead of an error such as InvalidPayloadError`,
  );
  await bench.quiet();
  equal(bench.log.started, [], 'what ran of an event that was refused');
}

async function passes(bench: DriverBench, value: unknown): Promise<void> {
  const { events } = await bench.app();
  await events.dispatch(bench.done('a', value));
  await bench.untilEnded(1);
  check(
    bench.log.runs[0]!.event.getPayload().value === value,
    'the work was given another value than was dispatched',
  );
}

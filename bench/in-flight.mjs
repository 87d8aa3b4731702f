/** What an event costs while many others are in flight, their listeners all waiting at one gate. */
import { BaseEvent } from 'nestjs-event-drivers';
import { alternate } from './support/alternate.mjs';
import { defer } from './support/clean-up.mjs';
import { atMost, compare, toComparison } from './support/comparison.mjs';
import { checkCalls, costOf } from './support/cost.mjs';
import { createHandler, createListener, startInProcessApp } from './support/in-process-app.mjs';

export const ROUNDS = 11;
export const PACKAGES = ['@nestjs/event-emitter', '@nestjs/cqrs'];

const FEW = 1000;
const MANY = 10_000;
/** In a measurement, whatever is in flight at a time. */
const EVENTS = 20_000;

let handled = 0;
let finished = 0;
let gate;
let onLast;

async function listen() {
  handled++;
  await gate.promise;
}

class Happened extends BaseEvent {}
class Published {}

async function startApp() {
  const { app, service, emitter, bus } = await startInProcessApp([
    createListener(Happened, 'happened', listen),
    createHandler(Published, async () => {
      await listen();
      if (--finished === 0) onLast();
    }),
  ]);
  defer(() => app.close());
  const event = new Happened();
  const published = new Published();
  return {
    'handler(event)': inBatches(() => listen(event)),
    'dispatch()': inBatches(() => service.dispatch(event)),
    'emitAsync()': inBatches(() => emitter.emitAsync('happened', event)),
    'publish()': inBatches(() => void bus.publish(published), true),
  };
}

/** @param isUnawaited whether nobody says when one is done, but the handlers do when all are */
function inBatches(start, isUnawaited = false) {
  return async (inFlight, events) => {
    for (let left = events; left > 0; left -= inFlight) {
      gate = Promise.withResolvers();
      finished = inFlight;
      const last = isUnawaited && new Promise((resolve) => (onLast = resolve));
      const started = Array.from({ length: inFlight }, start);
      gate.resolve();
      await (isUnawaited ? last : Promise.all(started));
    }
  };
}

export async function run({ rounds }) {
  const contenders = await startApp();
  const measures = {};
  for (const [name, contender] of Object.entries(contenders)) {
    await checkCalls({ [name]: (n) => contender(n, n) }, 1, () => handled);
    for (const inFlight of [FEW, MANY]) {
      measures[`${name} ${inFlight}`] = () => costOf((n) => contender(inFlight, n), EVENTS);
    }
  }
  const costs = await alternate(measures, { rounds, warmUp: Math.min(rounds, 3) });
  const growth = (name, wanted) =>
    compare({
      title: `${name}, ${MANY} in flight`,
      ours: costs[`${name} ${MANY}`],
      theirs: costs[`${name} ${FEW}`],
      peer: `${FEW} in flight`,
      unit: 'ns',
      isProportion: true,
      wanted,
    });
  const against = (name, inFlight) =>
    compare({
      title: `dispatch(), ${inFlight} in flight`,
      ours: costs[`dispatch() ${inFlight}`],
      theirs: costs[`${name} ${inFlight}`],
      peer: name,
      unit: 'ns',
    });
  const others = ['handler(event)', 'emitAsync()', 'publish()'];
  return {
    tables: [
      toComparison('What an event costs with many in flight, beside few', [
        growth('dispatch()', atMost(2.5)),
        ...others.map((name) => growth(name)),
      ]),
      toComparison(
        'With as many in flight as others',
        [FEW, MANY].flatMap((inFlight) => others.map((name) => against(name, inFlight))),
      ),
    ],
    notes: [
      'Nothing here is awaited one by one: handler(event) is a call whose promise is kept, as that of the others is.',
    ],
  };
}

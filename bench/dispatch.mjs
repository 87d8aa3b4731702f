/** `dispatch()` beside a direct call and what a user would pick instead; each is awaited until its listeners are done. */
import { BaseEvent } from 'nestjs-event-drivers';
import { amount, atLeast, atMost, compare, toComparison } from './support/comparison.mjs';
import { checkCalls, compareBytes, compareCosts } from './support/cost.mjs';
import { defer } from './support/clean-up.mjs';
import { createHandler, createListener, startInProcessApp } from './support/in-process-app.mjs';

export const ROUNDS = 25;
export const PACKAGES = ['@nestjs/event-emitter', '@nestjs/cqrs'];

let handled = 0;
let pending;

/** `EventBus.publish()` does not say when handlers are done; they say it themselves. */
async function handle() {
  handled++;
  if (--pending.left === 0) pending.resolve();
}

async function createContenders(count) {
  const emitted = `happened.${count}`;
  class Happened extends BaseEvent {}
  class Published {}
  const create = (make) => Array.from({ length: count }, make);
  const listeners = create(() =>
    createListener(Happened, emitted, async () => {
      handled++;
    }),
  );
  const handlers = create(() => createHandler(Published, handle));
  const { app, service, emitter, bus } = await startInProcessApp([...listeners, ...handlers]);
  defer(() => app.close());
  const event = new Happened();
  const published = new Published();
  return {
    ...createDirect(
      listeners.map((listener) => app.get(listener)),
      event,
    ),
    dispatch: async (n) => {
      for (let i = 0; i < n; i++) await service.dispatch(event);
    },
    emitAsync: async (n) => {
      for (let i = 0; i < n; i++) await emitter.emitAsync(emitted, event);
    },
    publish: async (n) => {
      for (let i = 0; i < n; i++) {
        await new Promise((resolve) => {
          pending = { left: count, resolve };
          bus.publish(published);
        });
      }
    },
  };
}

/** Written out: a loop over the listeners would cost what nobody who calls them by hand pays. */
function createDirect([a, b, c, d, e], event) {
  if (b === undefined) {
    return {
      awaits: async (n) => {
        for (let i = 0; i < n; i++) await a.on(event);
      },
    };
  }
  const tellAll = async () => {
    let failures;
    const fail = (error) => (failures ??= []).push(error);
    try { await a.on(event); } catch (error) { fail(error); } // prettier-ignore
    try { await b.on(event); } catch (error) { fail(error); } // prettier-ignore
    try { await c.on(event); } catch (error) { fail(error); } // prettier-ignore
    try { await d.on(event); } catch (error) { fail(error); } // prettier-ignore
    try { await e.on(event); } catch (error) { fail(error); } // prettier-ignore
    if (failures !== undefined) throw new AggregateError(failures);
  };
  return {
    awaits: async (n) => {
      for (let i = 0; i < n; i++) {
        await a.on(event);
        await b.on(event);
        await c.on(event);
        await d.on(event);
        await e.on(event);
      }
    },
    isolated: async (n) => {
      for (let i = 0; i < n; i++) await tellAll();
    },
    all: async (n) => {
      for (let i = 0; i < n; i++) {
        await Promise.all([a.on(event), b.on(event), c.on(event), d.on(event), e.on(event)]);
      }
    },
  };
}

async function runOne(rounds) {
  const contenders = await createContenders(1);
  await checkCalls(contenders, 1, () => handled);
  const { dispatch, awaits, emitAsync, publish } = await compareCosts(contenders, rounds);
  const bytes = await compareBytes(contenders, rounds);
  const against = (peer, theirs, wanted) =>
    compare({ title: 'dispatch(), one listener', ours: dispatch, theirs, peer, unit: 'ns', wanted });
  return toComparison('One listener', [
    against('await handler(event)', awaits, atMost(1.3)),
    against('@nestjs/event-emitter emitAsync()', emitAsync, atLeast(5)),
    against('@nestjs/cqrs publish(), until handled', publish, atLeast(15)),
    amount({ title: 'allocated by dispatch()', values: bytes.dispatch, unit: 'bytes', wanted: atMost(300) }),
    amount({ title: 'allocated by await handler(event)', values: bytes.awaits, unit: 'bytes' }),
    amount({ title: 'allocated by emitAsync()', values: bytes.emitAsync, unit: 'bytes' }),
    amount({ title: 'allocated by publish()', values: bytes.publish, unit: 'bytes' }),
  ]);
}

async function runFive(rounds) {
  const contenders = await createContenders(5);
  await checkCalls(contenders, 5, () => handled);
  const { dispatch, awaits, isolated, all, emitAsync, publish } = await compareCosts(contenders, rounds);
  const against = (peer, theirs, wanted) =>
    compare({ title: 'dispatch(), five listeners', ours: dispatch, theirs, peer, unit: 'ns', wanted });
  return toComparison('Five listeners', [
    against('five awaits in a function, each in a try/catch', isolated, atMost(1.15)),
    against('five awaits, of which one that fails stops the others', awaits),
    against('Promise.all() of five', all, atMost(1.15)),
    against('@nestjs/event-emitter emitAsync()', emitAsync),
    against('@nestjs/cqrs publish(), until handled', publish),
  ]);
}

export async function run({ rounds }) {
  return {
    tables: [await runOne(rounds), await runFive(rounds)],
    notes: [
      'dispatch() tells listeners one after another, and all of them whatever becomes of the others; Promise.all() and ' +
        'emitAsync() start them together.',
    ],
  };
}

/**
 * `dispatch()` where what it brings along is used: an event with an id and a time of its own, made for each dispatch, and
 * a listener whose failure neither stops the others nor gets lost.
 */
import { randomUUID } from 'node:crypto';
import { BaseEvent } from 'nestjs-event-drivers';
import { defer } from './support/clean-up.mjs';
import { atLeast, atMost, compare, toComparison } from './support/comparison.mjs';
import { checkCalls, compareCosts } from './support/cost.mjs';
import { createListener, startInProcessApp } from './support/in-process-app.mjs';

export const ROUNDS = 25;
export const PACKAGES = ['@nestjs/event-emitter'];

let handled = 0;
/** What the listener has read must be of use to somebody, or it may not be read at all. */
let seenId;
let seenTime;

class Happened extends BaseEvent {}

/** What a user would write by hand. */
class Plain {
  id = randomUUID();
  occurredAt = Date.now();

  constructor(payload) {
    this.payload = payload;
  }

  getId() {
    return this.id;
  }

  getTimestamp() {
    return this.occurredAt;
  }
}

const payload = { orderId: 4711 };

async function read(event) {
  handled++;
  seenId = event.getId();
  seenTime = event.getTimestamp();
}

/** A failure is kept, and the next listener would be told. */
async function callIsolated(listener, event) {
  let failures;
  try {
    await listener.on(event);
  } catch (error) {
    (failures ??= []).push(error);
  }
  if (failures !== undefined) throw new AggregateError(failures);
}

async function createContenders() {
  const Listener = createListener(Happened, 'happened', read);
  class Ignored extends BaseEvent {}
  const Ignoring = createListener(Ignored, 'ignored', async () => {
    handled++;
  });
  const { app, service, emitter } = await startInProcessApp([Listener, Ignoring]);
  defer(() => app.close());
  const [listener, ignoring, ignored] = [app.get(Listener), app.get(Ignoring), new Ignored()];
  return {
    plain: async (n) => {
      for (let i = 0; i < n; i++) await ignoring.on(ignored);
    },
    direct: async (n) => {
      for (let i = 0; i < n; i++) await callIsolated(listener, new Plain(payload));
    },
    dispatch: async (n) => {
      for (let i = 0; i < n; i++) await service.dispatch(new Happened(payload));
    },
    emitted: async (n) => {
      for (let i = 0; i < n; i++) await emitter.emitAsync('happened', new Plain(payload));
    },
    bare: async (n) => {
      for (let i = 0; i < n; i++) await emitter.emitAsync('ignored', ignored);
    },
  };
}

export async function run({ rounds }) {
  const contenders = await createContenders();
  await checkCalls(contenders, 1, () => handled);
  const { plain, direct, dispatch, emitted, bare } = await compareCosts(contenders, rounds);
  if (typeof seenId !== 'string' || typeof seenTime !== 'number') throw new Error('There was no id or time');
  const against = (peer, theirs, wanted) =>
    compare({ title: 'dispatch(), id and time read', ours: dispatch, theirs, peer, unit: 'ns', wanted });
  const rows = [
    against('await handler(event), without any of it', plain, atMost(4)),
    against('the same by hand (randomUUID(), Date.now(), try/catch)', direct),
    against('emitAsync(), without id and time', bare, atLeast(1.75)),
    against('emitAsync(), with id and time by hand', emitted, atLeast(1.75)),
  ];
  return { tables: [toComparison('A new event with id, time and isolated errors', rows)] };
}

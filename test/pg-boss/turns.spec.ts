import { PostponeError } from 'nestjs-event-drivers';
import { Turns } from '../../lib/pg-boss/turns.js';
import { rejectionOf } from '../support/drivers.js';

const never = new AbortController().signal;

/** Something that has its turn until it is told to end. */
function occupy(turns: Turns, signal = never) {
  const end = Promise.withResolvers<void>();
  const state = { hasBegun: false, end: end.resolve, fail: end.reject };
  const ended = turns.run(signal, () => {
    state.hasBegun = true;
    return end.promise;
  });
  return { state, ended };
}

const settle = () => new Promise(setImmediate);

test('lets so many have a turn, and the others after them in the order they came', async () => {
  const turns = new Turns(2);
  const all = Array.from({ length: 5 }, () => occupy(turns));
  const begun = () => all.map(({ state }) => state.hasBegun);
  expect(begun()).toEqual([true, true, false, false, false]);
  all[1]!.state.end();
  await settle();
  expect(begun()).toEqual([true, true, true, false, false]);
  all[0]!.state.fail(new Error('one that fails gives its turn away as well'));
  await rejectionOf(all[0]!.ended);
  await settle();
  expect(begun()).toEqual([true, true, true, true, false]);
  for (const { state } of all) state.end();
  await Promise.all(all.slice(1).map(({ ended }) => ended));
  expect(occupy(turns).state.hasBegun).toBe(true);
});

test('gives no turn to what was aborted while it waited', async () => {
  const turns = new Turns(1);
  const first = occupy(turns);
  const controller = new AbortController();
  const second = occupy(turns, controller.signal);
  const third = occupy(turns);
  const refused = rejectionOf(second.ended);
  controller.abort('lost');
  first.state.end();
  expect(await refused).toBe('lost');
  await settle();
  expect([second, third].map(({ state }) => state.hasBegun)).toEqual([false, true]);
  expect(await rejectionOf(occupy(turns, AbortSignal.abort('over')).ended)).toBe('over');
});

test('postpones what has waited for long', async () => {
  const turns = new Turns(1, 20);
  const first = occupy(turns);
  expect(await rejectionOf(occupy(turns).ended)).toBeInstanceOf(PostponeError);
  first.state.end();
  await settle();
  expect(occupy(turns).state.hasBegun).toBe(true);
});

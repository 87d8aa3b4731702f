import { closeApps } from '../../../support/app.js';
import { until } from '../../../support/until.js';
import { DELIVERABLE, UNDELIVERABLE } from '../../support/foreign-deliveries.js';
import { OrderPlaced, startShop } from '../../support/shop.js';
import type { Bench } from '../bench.js';
import type { Area } from '../scenario.js';

/** What other hands have put into a store. */
export const foreign: Area = {
  title: 'What nobody has dispatched',
  scenarios: [
    {
      id: 'J2, J3, J5',
      title: 'what cannot be delivered is a dead letter with a reason, and holds up nobody',
      run: giveUpForeign,
    },
    {
      id: 'J6',
      isShared: true,
      title: 'what is odd, or of a version to come, is delivered if it can be',
      run: deliverForeign,
    },
  ],
};

/** Puts deliveries into a store that an application has prepared. */
async function insert({ store }: Bench, deliveries: readonly string[]): Promise<void> {
  await startShop(store.creator);
  await closeApps();
  await store.insert(deliveries);
}

async function giveUpForeign(bench: Bench): Promise<string> {
  const codes = UNDELIVERABLE.map(([, code]) => code).toSorted();
  await insert(bench, UNDELIVERABLE.map(([json]) => json)); // prettier-ignore
  const { logs, shop, events, queues } = await startShop(bench.store.creator);
  await events.dispatch(new OrderPlaced('known'));
  await until('what is good is delivered', () => shop.heard.length > 0);
  const readLetters = () => queues.listFailed({}, 1000);
  await until('the others are given up', async () => (await readLetters()).length >= codes.length);

  const letters = await readLetters();
  expect(letters.map(({ reason }) => reason.split(':')[0]!).toSorted()).toEqual(codes);
  for (const { reason, attempts } of letters) {
    expect(reason.length).toBeLessThan(5000);
    expect(attempts).toBe(1);
  }
  expect(shop.heard).toEqual(['known']);
  expect(logs.filter(({ message }) => /\p{Cc}/u.test(message))).toEqual([]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  const left = (await queues.count()).map(({ ready, delayed, active }) => ready + delayed + active);
  expect(left.filter((count) => count > 0)).toEqual([]);
  return `${codes.length} dead letters, after one attempt each`;
}

async function deliverForeign(bench: Bench): Promise<string> {
  await insert(bench, DELIVERABLE);
  const { shop, queues } = await startShop(bench.store.creator);
  await until('all are delivered', () => shop.heard.length >= DELIVERABLE.length);
  const payloads = DELIVERABLE.map((json) => (JSON.parse(json) as { payload: string }).payload);
  expect(shop.heard.map(String).toSorted()).toEqual(payloads.toSorted());
  expect(await queues.listFailed()).toEqual([]);
  return `${payloads.length} delivered`;
}

/** What is left in memory of a great many dispatches. */
import { BaseEvent, EventConfig, MonitoredDriver, SyncDriver } from 'nestjs-event-drivers';
import { defer } from './support/clean-up.mjs';
import { amount, atMost, toComparison } from './support/comparison.mjs';
import { measureHeap } from './support/heap.mjs';
import { createListener, startInProcessApp } from './support/in-process-app.mjs';

export const ROUNDS = 3;
export const PACKAGES = [];

const FEW = 100_000;
const MANY = 1_000_000;
const WANTED = atMost(1024);

let handled = 0;

class Happened extends BaseEvent {}

const drivers = {
  sync: EventConfig.createConfigDriver(SyncDriver),
  monitored: EventConfig.createConfigDriver(MonitoredDriver),
};

export async function run({ rounds }) {
  const Listener = createListener(Happened, 'happened', async (event) => {
    handled += event.getId().length > 0;
  });
  const { app, service } = await startInProcessApp([Listener], { drivers });
  defer(() => app.close());
  const growth = { sync: [], monitored: [] };
  for (let round = 0; round < rounds; round++) {
    for (const driver of Object.keys(growth)) growth[driver].push(await measureGrowth(service, driver));
  }
  const { totalDispatches } = service.getDriver('monitored').getMetrics();
  const row = (driver, title) => amount({ title, values: growth[driver], unit: 'kB', wanted: WANTED });
  return {
    tables: [
      toComparison(`The heap after ${MANY} dispatches, beside after ${FEW}`, [
        row('sync', 'through SyncDriver'),
        row('monitored', 'through MonitoredDriver, which counts and times all of them'),
      ]),
    ],
    notes: [`MonitoredDriver has counted ${totalDispatches}.`],
  };
}

async function measureGrowth(service, driver) {
  await dispatch(service, driver, FEW);
  const before = await measureHeap();
  await dispatch(service, driver, MANY - FEW);
  return (await measureHeap()) - before;
}

async function dispatch(service, driver, count) {
  const before = handled;
  for (let no = 0; no < count; no++) await service.dispatch(new Happened({ no }), driver);
  if (handled - before !== count) throw new Error(`${handled - before} of ${count} were handled`);
}

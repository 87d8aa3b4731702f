import { Injectable } from '@nestjs/common';
import { BaseEvent, type ContextCarrier, ContextCarrierError, OnEvent } from 'nestjs-event-drivers';
import { closeApps } from '../support/app.js';
import { rejectionOf, settle } from '../support/drivers.js';
import { onEachStore, startQueue } from '../support/queue.js';
import { until } from '../support/until.js';

afterEach(closeApps);

class Job extends BaseEvent<{ fails: boolean }> {}

@Injectable()
class Listener {
  runs = 0;

  @OnEvent(Job)
  hear(event: Job): void {
    this.runs++;
    if (event.getPayload().fails) throw new TypeError('no');
  }
}

type Restore = ContextCarrier['restore'];

class Tenant implements ContextCarrier {
  constructor(readonly restore: Restore) {}

  capture(): { tenant: string } {
    return { tenant: 'acme' };
  }
}

/** What keeps a delivery from being made, and what the reason says of it. */
const KEEPING: ReadonlyArray<readonly [what: string, restore: Restore, reason: RegExp]> = [
  [
    'throws',
    () => {
      throw new Error('no tenant');
    },
    /^EVENTS_CONTEXT_CARRIER: Context carrier Tenant: restore\(\) threw: no tenant/,
  ],
  ['rejects', (() => Promise.reject(new Error('no tenant'))) as Restore, /restore\(\) threw: no tenant/],
  ['returns nothing', (() => undefined) as Restore, /Tenant: restore\(\) did not call run\(\)/],
  [
    'calls run() too late',
    ((_: object, run: () => void) => void setImmediate(run)) as Restore,
    /did not call run\(\)/,
  ],
];

/** What is odd, but has the delivery made. */
const ODD: ReadonlyArray<readonly [what: string, restore: Restore]> = [
  ['does not return what run() returns', ((_: object, run: () => unknown) => [run()]) as Restore],
  ['waits first', (async (_: object, run: () => unknown) => settle().then(run)) as unknown as Restore],
  ['calls run() twice', ((_: object, run: () => unknown) => [run(), run()]) as Restore],
  ['never ends', ((_: object, run: () => unknown) => (run(), new Promise(() => {}))) as Restore],
  [
    'throws after run()',
    (_: object, run: () => unknown) => {
      run();
      throw new Error('late');
    },
  ],
];

onEachStore('A context carrier', (store) => {
  store.testOnServers('that keeps a delivery from being made has it fail, with its name', async () => {
    for (const [what, restore, reason] of KEEPING) {
      const { app, events, queues } = await startQueue(
        store,
        [Listener],
        { retries: 1 },
        { context: [new Tenant(restore)] },
      );
      await events.dispatch(new Job({ fails: false }));
      await until(`it is given up: ${what}`, async () => (await queues.listFailed()).length > 0);
      const [failed] = await queues.listFailed();
      expect([what, failed!.attempts, failed!.reason]).toEqual([what, 2, expect.stringMatching(reason)]);
      await settle();
      expect(app.get(Listener).runs).toBe(0);
      await queues.purge();
      await closeApps();
    }
  });

  store.testOnServers('decides nothing about what becomes of a delivery', async () => {
    for (const [what, restore] of ODD) {
      const { app, events, queues } = await startQueue(
        store,
        [Listener],
        { retries: 0 },
        { context: [new Tenant(restore)] },
      );
      await events.dispatch(new Job({ fails: false }));
      await until(`it is heard: ${what}`, () => app.get(Listener).runs === 1);
      await events.dispatch(new Job({ fails: true }));
      await until(`it is given up: ${what}`, async () => (await queues.listFailed()).length > 0);
      expect((await queues.listFailed()).map(({ reason }) => reason)).toEqual(['no']);
      expect((await queues.count()).reduce((sum, { active }) => sum + active, 0)).toBe(0);
      await queues.purge();
      await closeApps();
    }
  });

  test('that cannot capture anything has the dispatch rejected', async () => {
    const carrier: ContextCarrier = {
      capture: () => {
        throw new Error('no tenant');
      },
      restore: (_, run) => run(),
    };
    const { events } = await startQueue(
      store,
      [Listener],
      {},
      { context: [new Tenant((_, run) => run()), carrier] },
    );
    const error = await rejectionOf(events.dispatch(new Job({ fails: false })));
    expect(error).toBeInstanceOf(ContextCarrierError);
    expect(String(error)).toMatch(/Context carrier number 1: capture\(\) threw: no tenant/);
  });
});

import { Injectable } from '@nestjs/common';
import {
  BaseEvent,
  Event,
  EventConfig,
  type FailedFilter,
  InvalidOptionsError,
  OnEvent,
  QueueDriver,
  ResilientDriver,
} from 'nestjs-event-drivers';
import { closeApps } from '../support/app.js';
import { onEachStore, onServers, type QueueApp, startQueue, type TestStore } from '../support/queue.js';
import { until } from '../support/until.js';

afterEach(closeApps);

@Event({ name: 'mail.sent', queue: 'mails' })
class Mail extends BaseEvent<{ no: number }> {}

@Injectable()
class Office {
  @OnEvent(Mail, { id: 'office' })
  handle(): void {
    throw new Error('the printer is broken');
  }
}

const careful = EventConfig.createConfigDriver(ResilientDriver);

/** Two queues called 'mails', of two drivers, and a ResilientDriver. */
async function startAll(store: TestStore): Promise<QueueApp & { other: string }> {
  const other = store.uniqueName();
  const second = EventConfig.createConfigDriver(QueueDriver, { workerCreator: store.creator, retries: 0 });
  const started = await startQueue(
    store,
    [Office],
    { retries: 0 },
    { drivers: { [other]: second, careful } },
  );
  return { ...started, other };
}

onEachStore('Which of what was given up is meant', (store) => {
  store.testOnServers(
    'is refused where it cannot be what was meant, before anything is touched',
    async () => {
      const { events, queues } = await startQueue(store, [Office], { retries: 0 });
      await events.dispatch(new Mail({ no: 1 }));
      await until('it is given up', async () => (await queues.listFailed()).length === 1);
      const refused: readonly (readonly [filter: unknown, problem: RegExp])[] = [
        [{ evnt: 'mail.sent' }, /'evnt' is no option; there are ids, driver, queue, event, listener, before/],
        [
          { event: undefined, ids: undefined },
          /event is there, but undefined: .*; ids is there, but undefined/,
        ],
        [{ ids: 'abc' }, /ids must be a list of at least 0, each a non-empty string, not 'abc'/],
        [{ before: 'yesterday' }, /before must be a valid Date, not 'yesterday'/],
        [{ before: new Date(NaN) }, /before must be a valid Date/],
        [{ event: 5 }, /event must be a non-empty string, not 5/],
        [{ event: '' }, /event must be a non-empty string/],
        [null, /options must be an object, not null/],
      ];
      for (const [filter, problem] of refused) {
        const wrong = filter as FailedFilter;
        for (const call of ['purge', 'redrive', 'previewRedrive', 'listFailed'] as const) {
          const failure = await queues[call](wrong).catch((error: unknown) => error);
          expect(failure).toBeInstanceOf(InvalidOptionsError);
          expect(String(failure)).toMatch(problem);
        }
      }
      await expect(queues.purge({}, { limit: NaN })).rejects.toThrow(/limit must be a whole number from 0/);
      await expect(queues.redrive({}, { limt: 1 } as never)).rejects.toThrow(/'limt' is no option/);
      await expect(queues.listFailed({}, -1)).rejects.toThrow(/the limit must be a whole number from 0/);
      expect(await queues.listFailed({}, Infinity)).toHaveLength(1);
      expect(await queues.purge()).toBe(1);
    },
  );

  store.testOnServers(
    'can be said by the name of a queue in the store, or by the one that the application has for it',
    async () => {
      const { events, queues, name, other } = await startAll(store);
      for (const driver of [name, other, 'careful']) {
        await events.dispatch(new Mail({ no: 1 }), driver).catch(() => undefined);
      }
      await until('all are given up', async () => (await queues.listFailed()).length === 3);
      expect(await queues.previewRedrive({ queue: 'mails' })).toBe(2);
      expect(await queues.previewRedrive({ queue: 'mails', driver: other })).toBe(1);
      expect(await queues.previewRedrive({ queue: `${name}.mails` })).toBe(1);
      expect(await queues.previewRedrive({ queue: 'default' })).toBe(0);
      const misspelt = queues.purge({ queue: 'mials' });
      await expect(misspelt).rejects.toThrow(InvalidOptionsError);
      await expect(misspelt).rejects.toThrow(
        `there is no queue 'mials'; there are '${name}', '${name}.mails', '${other}', '${other}.mails', 'careful'`,
      );
      const found = await queues.listFailed({ queue: 'mails' });
      expect(found.map(({ queue }) => queue)).toEqual([`${name}.mails`, `${other}.mails`]);
      expect(await queues.purge({ queue: 'mails' })).toBe(2);
      await queues.pause('mails');
      expect(await queues.getPaused()).toEqual([`${name}.mails`, `${other}.mails`]);
      await queues.resume('mails');
      expect(await queues.getPaused()).toEqual([]);
    },
  );

  test('can be listed page by page, over several drivers', async () => {
    const { events, queues, name, other } = await startAll(store);
    for (const driver of [name, name, other, other, 'careful', 'careful', 'careful']) {
      await events.dispatch(new Mail({ no: 1 }), driver).catch(() => undefined);
    }
    await until('all are given up', async () => (await queues.listFailed()).length === 7);
    const all = (await queues.listFailed()).map(({ id }) => id);
    const paged: string[] = [];
    for (let page = await queues.listFailed({}, 3); page.length > 0;) {
      paged.push(...page.map(({ id }) => id));
      page = await queues.listFailed({}, 3, paged.at(-1));
    }
    expect(paged).toEqual(all);
    await expect(queues.listFailed({}, 3, 'nobody')).rejects.toThrow(/nothing with the id 'nobody'/);
  });
});

// In memory, what is closed is gone.
onServers('Which of what was given up is meant', (store) => {
  test('can be said of a queue that is no more, as long as something of it is left', async () => {
    const name = store.uniqueName();
    const { events, queues } = await startQueue(store, [Office], { retries: 0, queues: ['old'] }, {}, name);
    await events.dispatch(new Mail({ no: 1 }), { queue: 'old' });
    await until('it is given up', async () => (await queues.listFailed()).length === 1);
    await closeApps();
    const { queues: later } = await startQueue(store, [Office], {}, {}, name);
    expect(await later.purge({ queue: `${name}.old` })).toBe(1);
    await expect(later.purge({ queue: `${name}.old` })).rejects.toThrow(`there is no queue '${name}.old'`);
  });
});

import { BaseEvent, Event, EventsError, InvalidOptionsError, OnEvent } from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { isEventName } from '../../lib/event/event-name-rule.js';
import { closeApps } from '../support/app.js';
import { DATABASE_URL, describePostgres, useSchema } from '../support/postgres.js';
import { type QueueApp, startQueue } from '../support/queue.js';
import { until } from '../support/until.js';
import { HOSTILE_TEXTS } from './support/hostile-texts.js';

beforeEach(() => void (heard.length = 0));
afterEach(closeApps);

@Event({ name: 'said' })
class Said extends BaseEvent<{ text: string }> {}

class Named extends BaseEvent<string> {
  override getName(): string {
    return this.getPayload();
  }
}

const heard: string[] = [];

/** A listener for each text, which is its id. */
class Listeners {
  @OnEvent(Said, { id: 'last' })
  hear(event: Said): void {
    heard.push(event.getPayload().text);
    throw new Error(event.getPayload().text);
  }
}
for (const [index, id] of HOSTILE_TEXTS.entries()) {
  const key = `hear${index}`;
  const value = (): number => index;
  Object.defineProperty(Listeners.prototype, key, { value, configurable: true });
  if (index % 20 === 0) OnEvent(Said, { id })(Listeners.prototype, key, { value });
}

/** Everything that was thrown and was no refusal of ours; and what of it PostgreSQL took for a mistake in a statement. */
class Mistakes {
  readonly others: unknown[] = [];
  readonly ofStatements: unknown[] = [];

  async none(what: Promise<unknown>): Promise<void> {
    await what.catch((error: unknown) => this.note(error));
  }

  private note(error: unknown): void {
    if (!EventsError.isInstance(error)) this.others.push(error);
    for (let cause: unknown = error; cause !== undefined && cause !== null; cause = (cause as Error).cause) {
      const { code } = cause as { code?: unknown };
      if (typeof code === 'string' && code.startsWith('42')) this.ofStatements.push(cause);
    }
  }
}

async function dispatchAll({ events }: QueueApp, mistakes: Mistakes): Promise<void> {
  await Promise.all(
    HOSTILE_TEXTS.flatMap((text) => [
      mistakes.none(
        events.dispatch(new Said({ text }), { orderingKey: text, group: text, idempotencyKey: text }),
      ),
      // What may be the name of an event is stored, and found by it.
      ...(isEventName(text) ? [] : [mistakes.none(events.dispatch(new Named(text)))]),
      mistakes.none(events.dispatch(new Said({ text }), { queue: text })),
      mistakes.none(events.dispatch(new Said({ text }), text)),
    ]),
  );
}

/** Asks for nothing that there is: whatever is found was found by what is no value. @returns how much that was */
async function filterBy({ queues }: QueueApp, text: string, mistakes: Mistakes): Promise<number> {
  const counts: Promise<number>[] = [
    queues.listFailed({ event: text }).then(({ length }) => length),
    queues.listFailed({ ids: [text] }).then(({ length }) => length),
    queues.listFailed({ queue: text }).then(({ length }) => length),
    queues.listFailed({ driver: text }).then(({ length }) => length),
    queues.previewRedrive({ event: text }),
    queues.redrive({ event: text }),
    queues.purge({ ids: [text], event: text }),
  ];
  let found = 0;
  await Promise.all(counts.map((count) => mistakes.none(count.then((one) => (found += one)))));
  for (const asked of [
    queues.listFailed({}, 1, text),
    queues.listFailed({ listener: text }),
    queues.pause(text),
  ]) {
    await mistakes.none(asked);
  }
  return found;
}

function create(name: string): () => PgBossWorkerCreator {
  return () => new PgBossWorkerCreator({ connection: DATABASE_URL, schema: name });
}

describePostgres('Hostile text', () => {
  const schema = useSchema();
  const countTables = async (): Promise<unknown> =>
    schema.query(
      `SELECT table_schema, count(*)::int AS tables FROM information_schema.tables
       WHERE table_schema IN ($1, 'public') GROUP BY 1 ORDER BY 1`,
      [schema.name],
    );

  it('is a value and nothing else, wherever an application puts it', async () => {
    expect(HOSTILE_TEXTS.length).toBeGreaterThanOrEqual(200);
    const creator = PgBossWorkerCreator.forRoot({ connection: DATABASE_URL, schema: schema.name });
    const options = { retries: 0, concurrency: 50 };
    const app = await startQueue({ creator, uniqueName: () => 'queue' }, [Listeners], options);
    const tables = await countTables();
    const mistakes = new Mistakes();
    await dispatchAll(app, mistakes);
    await until('all are heard', () => heard.length === HOSTILE_TEXTS.length);
    expect(heard.toSorted()).toEqual(HOSTILE_TEXTS.toSorted());
    await until('all are given up', async () => {
      return (await app.queues.listFailed({ listener: 'last' }, 1000)).length === HOSTILE_TEXTS.length;
    });

    const letters = await app.queues.listFailed({ listener: 'last' }, 1000);
    let found = 0;
    for (let start = 0; start < HOSTILE_TEXTS.length; start += 10) {
      const texts = HOSTILE_TEXTS.slice(start, start + 10);
      for (const count of await Promise.all(texts.map((text) => filterBy(app, text, mistakes))))
        found += count;
    }
    expect(found).toBe(0);
    expect(mistakes.ofStatements).toEqual([]);
    expect(mistakes.others).toEqual([]);
    expect(await app.queues.listFailed({ listener: 'last' }, 1000)).toEqual(letters);
    expect(await countTables()).toEqual(tables);
  });

  it('is no schema, in double quotes or without', async () => {
    for (const text of HOSTILE_TEXTS.filter((one) => !/^[a-z_]\w{0,49}$/i.test(one))) {
      expect(create(text)).toThrow(InvalidOptionsError);
      expect(create(`"a"${text}"`)).toThrow(InvalidOptionsError);
    }
    const tables = await countTables();
    const creator = PgBossWorkerCreator.forRoot({
      connection: DATABASE_URL,
      schema: 'a"; DROP TABLE job; --',
    });
    const started = startQueue({ creator, uniqueName: () => 'queue' });
    await expect(started).rejects.toThrow(/schema must be a letter or '_', then letters, digits and '_'/);
    expect(await countTables()).toEqual(tables);
    for (const name of ['events', '_e1', 'x'.repeat(50), '"my events"']) expect(create(name)).not.toThrow();
  });
});

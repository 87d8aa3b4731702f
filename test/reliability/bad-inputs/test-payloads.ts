import { InvalidPayloadError } from 'nestjs-event-drivers';
import { settle } from '../../support/drivers.js';
import { until } from '../../support/until.js';
import { ARRIVING_PAYLOADS } from './arriving-payloads.js';
import { alike, type EveryDriver, IN_PROCESS, Input, onEach, STORING } from './every-driver.js';
import { OVERSIZED_PAYLOADS, REFUSED_PAYLOADS, UNREADABLE_PAYLOADS } from './refused-payloads.js';

const ARRIVING = ARRIVING_PAYLOADS.map(([what, make, arrives = make]) => [what, make, arrives] as const);

const REFUSED = [...REFUSED_PAYLOADS, ...UNREADABLE_PAYLOADS, ...OVERSIZED_PAYLOADS];

/** As far as it is the same for all who refuse the same. */
async function describeRefusal(dispatched: Promise<void>): Promise<object> {
  const error = await dispatched.then(
    () => new Error('it was not refused'),
    (thrown: unknown) => thrown as Error,
  );
  if (!(error instanceof InvalidPayloadError)) return { name: error.name, message: error.message };
  const { name, message, eventName, issues, path, reason } = error;
  return { name, message, eventName, issues, path, reason };
}

function toRefusal(path: string | undefined, reason: string): object {
  const where: unknown = path ?? expect.stringMatching(/^payload/);
  const because: unknown = expect.stringContaining(reason);
  return {
    name: 'InvalidPayloadError',
    message: expect.stringMatching(/^The payload of event 'input' cannot be dispatched: payload/),
    eventName: 'input',
    issues: [{ path: where, reason: because }],
    path: where,
    reason: because,
  };
}

/** What arrives of what each of them has stored. */
async function store(bench: EveryDriver, make: () => unknown): Promise<Record<string, unknown>> {
  const events = STORING.map((driver) => ({ driver, event: new Input(make()) }));
  await Promise.all(events.map(({ driver, event }) => bench.events.dispatch(event, driver)));
  const { heard } = bench.inputs;
  await until('all have arrived', () => heard.length === events.length);
  const byId = new Map(heard.map((event) => [event.getId!(), event.getPayload()]));
  return Object.fromEntries(events.map(({ driver, event }) => [driver, byId.get(event.getId())]));
}

/** Whether what a listener is handed is the payload itself, and not one that is like it. */
async function handOn(bench: EveryDriver, payload: unknown): Promise<Record<string, boolean>> {
  return onEach(Object.keys(IN_PROCESS), async (driver) => {
    bench.inputs.heard.length = 0;
    await bench.events.dispatch(new Input(payload), driver);
    await settle();
    const { heard } = bench.inputs;
    return heard.length === 1 && Object.is(heard[0]!.getPayload(), payload);
  });
}

export function testRefusedPayloads(bench: EveryDriver): void {
  it.each(REFUSED)('is refused by all that store, before they do: %s', async (_, make, path, reason) => {
    const payload = make();
    const before = { stored: bench.countStored(), time: performance.now() };
    const refusals = await onEach(STORING, (driver) =>
      describeRefusal(bench.events.dispatch(new Input(payload), driver)),
    );
    expect(refusals).toEqual(alike(STORING, toRefusal(path, reason)));
    expect(bench.countStored()).toBe(before.stored);
    expect(bench.inputs.heard).toEqual([]);
    // A store, or a wait before another attempt, would take longer; a busy machine takes its time.
    expect(performance.now() - before.time).toBeLessThan(10_000);
  });

  it.each(REFUSED)('is handed on as it is by all that store nothing: %s', async (_, make) => {
    expect(await handOn(bench, make())).toEqual(alike(Object.keys(IN_PROCESS), true));
  });
}

export function testArrivingPayloads(bench: EveryDriver): void {
  it.each(ARRIVING)('arrives from all that store: %s', async (_, make, arrives) => {
    expect(await store(bench, make)).toStrictEqual(alike(STORING, arrives()));
  });

  it.each(ARRIVING)('is handed on as it is by all that store nothing: %s', async (_, make) => {
    expect(await handOn(bench, make())).toEqual(alike(Object.keys(IN_PROCESS), true));
  });

  it('arrives as it was when it was dispatched, whatever becomes of it then', async () => {
    const dispatched = STORING.flatMap((driver) =>
      Array.from({ length: 100 }, (_, no) => {
        const payload = { no, list: [{ no }], at: new Date(no), tags: new Map([['no', new Set([no])]]) };
        const done = bench.events.dispatch(new Input(payload), driver);
        payload.no = -1;
        payload.list[0]!.no = -1;
        payload.list.push({ no: -1 });
        payload.at.setTime(-1);
        payload.tags.get('no')!.add(-1);
        return done;
      }),
    );
    await Promise.all(dispatched);
    const { heard } = bench.inputs;
    await until('all have arrived', () => heard.length === dispatched.length);
    const expected = Array.from({ length: 100 }, (_, no) => ({
      no,
      list: [{ no }],
      at: new Date(no),
      tags: new Map([['no', new Set([no])]]),
    }));
    const found = Map.groupBy(
      heard.map((event) => event.getPayload() as { no: number }),
      ({ no }) => no,
    );
    for (const payload of expected) expect(found.get(payload.no)).toEqual(STORING.map(() => payload));
  });
}

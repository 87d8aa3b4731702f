import { type IBaseEvent, InvalidEventError, InvalidOptionsError } from 'nestjs-event-drivers';
import { settle } from '../../support/drivers.js';
import { until } from '../../support/until.js';
import { REFUSED_DISPATCH_OPTIONS } from './dispatch-options.js';
import { EVENT_ROWS, type EventVerdict, worked } from './events.js';
import { alike, type EveryDriver, IN_PROCESS, Input, onEach, STORING } from './every-driver.js';

type Refusal = new (...args: never[]) => Error;

/** Its message, if it is refused as it is to be. */
async function refusalOf(dispatch: () => Promise<void>, refusal: Refusal): Promise<unknown> {
  return dispatch().then(
    () => undefined,
    (error: Error) => (error instanceof refusal ? error.message : error),
  );
}

async function deliver(
  { events }: EveryDriver,
  make: (id: string) => unknown,
  driver: string,
  storing: boolean,
): Promise<unknown> {
  const id = `${driver}-${worked.length}`;
  const refusal = await refusalOf(() => events.dispatch(make(id) as IBaseEvent, driver), InvalidEventError);
  if (refusal !== undefined) return refusal;
  if (!storing) await settle();
  else await until('it has been delivered', () => worked.includes(id));
  return worked.filter((one) => one === id).length === 1 ? 'delivered' : 'not delivered';
}

function toExpected(verdict: EventVerdict): unknown {
  return typeof verdict === 'string' ? verdict : expect.stringMatching(verdict);
}

export function testEvents(bench: EveryDriver): void {
  it.each(EVENT_ROWS)('has one verdict of all that store: %s', async (_, make, verdict) => {
    const before = bench.countStored();
    const verdicts = await onEach(STORING, (driver) => deliver(bench, make, driver, true));
    expect(verdicts).toEqual(alike(STORING, toExpected(verdict)));
    expect(bench.countStored() - before).toBe(verdict === 'delivered' ? STORING.length : 0);
  });

  it.each(EVENT_ROWS)('has one of all that store nothing: %s', async (_, make, __, verdict) => {
    const drivers = Object.keys(IN_PROCESS);
    const verdicts = await onEach(drivers, (driver) => deliver(bench, make, driver, false));
    expect(verdicts).toEqual(alike(drivers, toExpected(verdict)));
  });

  it.each(EVENT_ROWS)('is refused by a rejection, and never at once: %s', async (_, make) => {
    // oxlint-disable-next-line typescript/await-thenable -- what is thrown at once would not be caught by catch()
    await bench.events.dispatch(make('at-once') as IBaseEvent).catch((error: unknown) => {
      expect(error).toBeInstanceOf(InvalidEventError);
    });
  });
}

export function testDispatchOptions(bench: EveryDriver): void {
  const drivers = [...STORING, ...Object.keys(IN_PROCESS)];

  it.each(REFUSED_DISPATCH_OPTIONS)('are refused by every driver: %p', async (options, message) => {
    const before = bench.countStored();
    const dispatch = (driver: string): Promise<void> =>
      bench.events.dispatch(new Input(1), { driver, ...(options as object) });
    const refusals = await onEach(drivers, (driver) =>
      refusalOf(() => dispatch(driver), InvalidOptionsError),
    );
    expect(refusals).toEqual(alike(drivers, expect.stringMatching(message)));
    expect(bench.countStored()).toBe(before);
    expect(bench.inputs.heard).toEqual([]);
  });

  it.each(['group', 'orderingKey', 'idempotencyKey'])(
    'are refused by all that store where a function makes none of the event: %s',
    async (name) => {
      // A fallback that does not store takes no options at all.
      const taking = STORING.filter((driver) => driver !== 'fallbackQueue');
      const before = bench.countStored();
      for (const key of ['', ' ', 42, 'a\0', '\ud800', 'x'.repeat(256)]) {
        const refusals = await onEach(taking, (driver) =>
          refusalOf(
            () => bench.events.dispatch(new Input(1), { driver, [name]: () => key }),
            InvalidOptionsError,
          ),
        );
        const message: unknown = expect.stringContaining(`${name} must be a non-empty string`);
        expect(refusals).toEqual(alike(taking, message));
      }
      expect(bench.countStored()).toBe(before);
    },
  );
}

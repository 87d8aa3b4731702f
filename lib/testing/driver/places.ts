import { describeThrown } from '../../errors/index.js';
import type { DriverHarness } from './harness.js';
import { type AppOptions, SuiteApp } from './suite-app.js';

/** Options of the driver, and the applications that have been given them. */
export class Place {
  private readonly apps: SuiteApp[] = [];

  constructor(
    private readonly harness: DriverHarness,
    readonly options: unknown,
  ) {}

  async start(options?: AppOptions): Promise<SuiteApp> {
    const app = await SuiteApp.start(this.harness, this.options, options);
    this.apps.push(app);
    return app;
  }

  async close(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.close()));
  }

  /** Removes what its applications have left behind; they are closed. */
  async cleanUp(): Promise<void> {
    await this.harness.cleanUp?.(this.options);
  }
}

export async function createPlace(harness: DriverHarness): Promise<Place> {
  return new Place(harness, await harness.options?.());
}

/** Does something with all places, whatever becomes of some of them; fails with the first that failed. */
export async function forEachPlace(
  problem: string,
  places: readonly Place[],
  action: (place: Place) => Promise<void>,
): Promise<void> {
  const outcomes = await Promise.allSettled(places.map(action));
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue;
    throw new Error(`${problem}: ${describeThrown(outcome.reason)}`, { cause: outcome.reason });
  }
}

/**
 * What the tests of a suite share: an application, where it may take long to open a store (where nothing is stored, each
 * test has its own), and what need be tried only once.
 */
export class SharedApp {
  private opened: Promise<{ place: Place; app: SuiteApp }> | undefined;

  private readonly attempts = new Map<string, Promise<void>>();

  constructor(readonly harness: DriverHarness) {}

  /** Tries a thing once for all tests that come to the same. */
  once(thing: string, attempt: () => Promise<void>): Promise<void> {
    const attempted = this.attempts.get(thing) ?? attempt();
    this.attempts.set(thing, attempted);
    return attempted;
  }

  async get(): Promise<SuiteApp> {
    return (await (this.opened ??= this.open())).app;
  }

  async end(): Promise<void> {
    const opened = await this.opened?.catch(() => undefined);
    await opened?.place.close();
    await opened?.place.cleanUp();
  }

  private async open(): Promise<{ place: Place; app: SuiteApp }> {
    const place = await createPlace(this.harness);
    return { place, app: await place.start() };
  }
}

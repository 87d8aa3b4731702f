import type { DriverOptionName } from '../../../driver/driver.interface.js';
import { WrappingDriver } from '../../../driver/wrapping-driver.js';
import { describeThrown, EventsError } from '../../../errors/index.js';
import { check, equal } from '../../conformance/check.js';
import type { Area } from '../area.js';
import type { DriverBench } from '../driver-bench.js';
import { DurableProbe, Probe, PROBE, PROBED_OPTIONS } from '../probe-driver.js';
import { type AppOptions, SuiteApp, SUBJECT } from '../suite-app.js';

type Body = (bench: DriverBench) => Promise<void>;

/** Leaving deliveries to another driver; who does not is not to take an option that names one. */
export const wrapping: Area = {
  title: 'wrapping',
  declare(it) {
    const itWraps = (title: string, body: Body): void =>
      it(title, (bench) =>
        bench.harness.driver.prototype instanceof WrappingDriver
          ? body(bench)
          : bench.once('wraps nothing', () => wrapsNothing(bench)),
      );

    itWraps('hands deliveries to the driver that its options name', async (bench) => {
      const { events } = await startAround(bench, Probe);
      await events.dispatch(bench.heard('a'));
      await bench.untilEnded(2);
      const probe = events.getDriver<Probe>(PROBE);
      equal(
        probe.deliveries.map((one) => `${one.getName()} to ${one.getListenerId?.()}`).toSorted(),
        ['conformance.heard to conformance.first', 'conformance.heard to conformance.second'],
        'what the wrapped driver was given',
        'Hand on what dispatch() is given by deliver(event)',
      );
    });

    itWraps('is durable around a driver that is, or works in the background', async (bench) => {
      const app = await startAround(bench, DurableProbe);
      const { durable, background = false } = app.capabilities;
      check(
        durable || background,
        'around a durable driver it is neither durable nor in the background. Take super.capabilities, and change what differs',
      );
      await app.events.dispatchMany([bench.done('a'), bench.done('b')]);
      const probe = app.events.getDriver<DurableProbe>(PROBE);
      await bench.until('the wrapped driver was given both', () => probe.deliveries.length === 2);
      equal(bench.log.started, [], 'what ran of what the wrapped driver has only stored');
    });

    itWraps('passes options on to the driver that it wraps, or takes them back', async (bench) => {
      const app = await startAround(bench, DurableProbe);
      // One that stores honours them by itself.
      if (app.driver.work !== undefined) return;
      const honoured = app.capabilities.options ?? [];
      const probe = app.events.getDriver<DurableProbe>(PROBE);
      for (const option of Object.keys(PROBED_OPTIONS) as (keyof typeof PROBED_OPTIONS)[]) {
        const count = probe.deliveries.length;
        const outcome = await app.events
          .dispatch(bench.done(option), { [option]: PROBED_OPTIONS[option] })
          .then(
            () => undefined,
            (reason: unknown) => ({ reason }),
          );
        if (honoured.includes(option)) await arrives(bench, probe, option, count, outcome);
        else isRefused(option, outcome);
      }
    });
  },
};

async function arrives(
  bench: DriverBench,
  probe: Probe,
  option: DriverOptionName,
  count: number,
  outcome: { reason: unknown } | undefined,
): Promise<void> {
  check(
    outcome === undefined,
    `dispatching with ${option} rejected with '${describeThrown(outcome?.reason)}'`,
  );
  await bench.until('the wrapped driver was given the delivery', () => probe.deliveries.length > count);
  check(
    probe.readOption(count, option) !== undefined,
    `${option} is among the capabilities, and has not reached the wrapped driver. Hand on what dispatch() is given ` +
      `rather than an event of your own, or take it back by withdraw('${option}')`,
  );
}

function isRefused(option: DriverOptionName, outcome: { reason: unknown } | undefined): void {
  check(
    EventsError.isInstance(outcome?.reason) && outcome.reason.code === 'EVENTS_UNSUPPORTED_OPTION',
    `dispatching with ${option}, which is not among the capabilities, was not refused by an UnsupportedOptionError`,
  );
}

async function startAround(bench: DriverBench, probe: typeof Probe): Promise<SuiteApp> {
  const place = await bench.place();
  const { harness } = bench;
  const options = harness.wrap?.(place.options, PROBE) ?? wrapByOption(place.options, PROBE);
  const appOptions: AppOptions = { drivers: { [PROBE]: { driver: probe } } };
  return bench.startWith(options, appOptions);
}

function wrapByOption(options: unknown, driver: string): unknown {
  return { ...(options as object | undefined), driver };
}

/** One that wraps nothing has no use for the name of another, and would ignore it without a word. */
async function wrapsNothing(bench: DriverBench): Promise<void> {
  const driverClass = bench.harness.driver as unknown as { validateOptions?: unknown };
  if (driverClass.validateOptions === undefined) return;
  const { options } = await bench.place();
  const what = "starting with an option 'driver', though the driver does not extend WrappingDriver";
  const error = await bench.refusal(what, wrapByOption(options, SUBJECT));
  check(
    EventsError.isInstance(error),
    `${what} failed with '${describeThrown(error)}', which is no EventsError`,
  );
}

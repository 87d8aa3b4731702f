import { inspect } from 'node:util';
import type { BaseDriver } from '../../../driver/base-driver.js';
import type { DriverName } from '../../../driver/driver-names.js';
import { DELIVERY_OPTION_NAMES } from '../../../event/delivery-options.js';
import { describeThrown, EventsError } from '../../../errors/index.js';
import { check, equal } from '../../conformance/check.js';
import type { Area } from '../area.js';
import type { DriverBench } from '../driver-bench.js';
import { SUBJECT } from '../suite-app.js';

/** What no driver takes for its options. */
const GARBAGE: readonly unknown[] = [42, 'garbage', [], { noSuchOption: true }];

const OPTION_NAMES: readonly string[] = [...DELIVERY_OPTION_NAMES, 'at', 'transaction', 'transactional'];

/** The other name of a driver that has two. */
const OTHER = 'other' as DriverName;

/** Being part of an application. */
export const configuring: Area = {
  title: 'configuring',
  declare(it) {
    it('knows its name and its options', async (bench) => {
      const place = await bench.place();
      const { driver } = await bench.start({}, place);
      equal(
        driver.getName(),
        SUBJECT,
        'getName()',
        'Do not override it: the application gives a driver its name',
      );
      check(driver instanceof bench.harness.driver, `the driver is no ${bench.harness.driver.name}`);
      check(
        (driver as BaseDriver).getOptions() === place.options,
        `getOptions() is ${inspect((driver as BaseDriver).getOptions())}, which is not what it was configured with. ` +
          `A setOptions() of its own has to call super.setOptions()`,
      );
    });

    it('may be configured under two names, as two drivers', async (bench) => {
      const [one, two] = [await bench.place(), await bench.place()];
      const other = two.options === undefined ? {} : { options: two.options };
      const app = await bench.start(
        { drivers: { [OTHER]: { driver: bench.harness.driver, ...other } } },
        one,
      );
      const second = app.events.getDriver(OTHER);
      check(app.driver !== second, 'both names are one instance');
      equal([app.driver.getName(), second.getName()], [SUBJECT, OTHER], 'the names');
      equal((second as BaseDriver).getOptions() === two.options, true, 'the second has options of its own');
      await app.events.dispatch(bench.done('one'), SUBJECT);
      await app.events.dispatch(bench.done('two'), OTHER);
      await bench.untilEnded(2);
      equal(bench.log.started.toSorted(), ['execute one', 'execute two'], 'what ran');
    });

    it('refuses options that it cannot work with, by saying what is wrong with them', refusesGarbage);

    it('says what it promises, and nothing that contradicts itself', async (bench) => {
      const { durable, concurrent, background = false, options = [] } = bench.capabilities;
      equal([typeof durable, typeof concurrent], ['boolean', 'boolean'], 'types of durable and concurrent');
      check(
        !(durable && background),
        'it is durable and background: dispatch() resolves at one of both times',
      );
      const unknown = options.filter((option) => !OPTION_NAMES.includes(option));
      equal(
        unknown,
        [],
        'options among its capabilities that no dispatch has',
        `There are ${OPTION_NAMES.join(', ')}`,
      );
    });
  },
};

async function refusesGarbage(bench: DriverBench): Promise<void> {
  const driverClass = bench.harness.driver as unknown as typeof BaseDriver;
  if (driverClass.validateOptions === undefined) {
    check(
      bench.harness.options === undefined,
      `${driverClass.name} takes options, but has no static validateOptions(options): a misspelt option would be ` +
        `ignored without a word. Return a sentence for each problem`,
    );
    return;
  }
  const { options } = await bench.place();
  equal(
    driverClass.validateOptions(options),
    [],
    'what validateOptions() says of the options that it is tried with',
  );
  for (const garbage of GARBAGE) {
    const what = `starting an application with ${inspect(garbage)} as options of the driver`;
    const error = await bench.refusal(what, garbage);
    check(
      EventsError.isInstance(error) &&
        ['EVENTS_INVALID_CONFIG', 'EVENTS_INVALID_OPTIONS'].includes(error.code),
      `${what} failed with '${describeThrown(error)}' instead of an InvalidEventConfigError. validateOptions() takes ` +
        `anything, and returns what is wrong with it instead of throwing`,
    );
  }
}

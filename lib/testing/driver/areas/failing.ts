import { describeThrown, UnrecoverableError } from '../../../errors/index.js';
import { isThrown } from '../../../errors/thrown.js';
import { check, equal } from '../../conformance/check.js';
import type { Area } from '../area.js';
import type { DriverBench } from '../driver-bench.js';
import type { SuiteApp } from '../suite-app.js';
import { suiteLogger } from '../suite-logger.js';
import type { TestEvent } from '../test-log.js';

const refuse = (): never => {
  throw new Error('from a trap');
};

/** What a listener may throw. */
const THROWN: readonly (readonly [description: string, create: () => unknown])[] = [
  ['an error', () => new Error('the work failed')],
  ['a frozen error', () => Object.freeze(new Error('the work failed'))],
  ['undefined', () => undefined],
  ['null', () => null],
  ['a string', () => 'the work failed'],
  [
    'what cannot be read',
    () => new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse }),
  ],
];

/** Work that throws. */
export const failing: Area = {
  title: 'failing',
  declare(it) {
    for (const [description, create] of THROWN) {
      it(`does not lose ${description} that a listener throws, nor keep it from the others`, (bench) =>
        doesNotLose(bench, create()));
    }

    it('does not try again what is unrecoverable', async (bench) => {
      const app = await bench.app(() => {
        throw new UnrecoverableError('not worth another attempt');
      });
      await app.events.dispatch(bench.done()).catch(() => undefined);
      await bench.untilEnded(1);
      await bench.quiet();
      equal(
        bench.log.started,
        ['execute a'],
        'what ran',
        'Give up at once where UnrecoverableError.isInstance(error) is true',
      );
    });

    it('delivers what comes after a failure', async (bench) => {
      const { events } = await bench.app(({ label }) => {
        if (label === 'bad') throw new UnrecoverableError('the work failed');
      });
      await events.dispatch(bench.done('bad')).catch(() => undefined);
      await events.dispatch(bench.done('good'));
      await bench.until('the next event was delivered', () => bench.log.started.includes('execute good'));
    });

    it('leaves no rejection unhandled', async (bench) => {
      const unhandled: unknown[] = [];
      const hear = (reason: unknown): void => void unhandled.push(reason);
      process.on('unhandledRejection', hear);
      try {
        const { events } = await bench.app(() => Promise.reject(new UnrecoverableError('the work failed')));
        await Promise.allSettled(['a', 'b', 'c'].map((label) => events.dispatch(bench.heard(label))));
        await bench.untilEnded(6);
        await bench.quiet();
      } finally {
        process.off('unhandledRejection', hear);
      }
      check(
        unhandled.length === 0,
        `${unhandled.length} rejections were handled by nobody, the first of them '${describeThrown(unhandled[0])}'. ` +
          `Node ends a process for that: add .catch() to what the driver does not await`,
      );
    });
  },
};

async function doesNotLose(bench: DriverBench, thrown: unknown): Promise<void> {
  const app = await bench.app(({ who }) => {
    if (who === 'first') throw thrown;
  });
  const heard = suiteLogger.warnings.length;
  const event = bench.heard();
  const outcome = await bench.inTime(
    'dispatch() to be settled',
    app.events.dispatch(event).then(
      () => undefined,
      (reason: unknown) => ({ reason }),
    ),
  );
  if (outcome === undefined) await isKnown(bench, app, event, heard);
  else checkRejection(bench, outcome.reason, thrown);
  await bench.until('the other listener was told', () => bench.log.of('second').length > 0);
  await bench.quiet();
  equal(bench.log.of('second').length, 1, 'times that the other listener was told');
}

function checkRejection(bench: DriverBench, reason: unknown, thrown: unknown): void {
  check(
    bench.isAwaited,
    `dispatch() rejected with '${describeThrown(reason)}', which a listener has thrown, though its capabilities ` +
      `promise that it does not wait for listeners`,
  );
  check(
    reaches(reason, thrown),
    `dispatch() rejected with '${describeThrown(reason)}', where what the listener has thrown is not to be found. ` +
      `Let it pass as it is, or throw an error that has it as its cause`,
  );
}

/** Whoever dispatched is not told: it has to be tried again, listed, or said. */
async function isKnown(bench: DriverBench, app: SuiteApp, event: TestEvent, heard: number): Promise<void> {
  const isListed = async (): Promise<boolean> =>
    (await app.listFailed()).some(({ eventId }) => eventId === event.getId());
  const isSaid = (): boolean =>
    suiteLogger.warnings
      .slice(heard)
      .some((line) => line.includes('conformance.first') || line.includes(event.getName()));
  if (bench.isAwaited) {
    check(
      await isListed(),
      'dispatch() resolved although a listener has thrown, and EventQueues.listFailed() does not list it. Let what was ' +
        'thrown pass, or keep the delivery, and list it by getOperations()',
    );
    return;
  }
  await bench.until(
    'the failure was known: tried again, listed by EventQueues.listFailed(), or logged as a warning or an error that ' +
      'names the event or the listener',
    async () => bench.log.of('first').length > 1 || isSaid() || (await isListed()),
  );
}

/** Whether an error is what was thrown, or has it for a cause, however far away. */
function reaches(reason: unknown, thrown: unknown, depth = 0): boolean {
  if (Object.is(reason, thrown)) return true;
  if (depth > 10) return false;
  return isThrown(reason, (error) => {
    if (typeof error !== 'object' || error === null) return false;
    const { errors = [] } = error as { errors?: readonly unknown[] };
    const inner = 'cause' in error ? [error.cause, ...errors] : errors;
    return inner.some((one) => reaches(one, thrown, depth + 1));
  });
}

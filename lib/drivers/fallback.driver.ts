import type { DriverName } from '../driver/driver-names.js';
import { checkOptions, listOf, text } from '../utils/option-rules.js';
import { dispatchAll } from '../driver/dispatch-all.js';
import type { DriverCapabilities, IEventDriver } from '../driver/driver.interface.js';
import { WrappingDriver } from '../driver/wrapping-driver.js';
import {
  describeThrown,
  FallbackExhaustedError,
  type FallbackFailure,
  InvalidOptionsError,
} from '../errors/index.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { isVerdict } from './is-verdict.js';
import { getSignal } from '../event/signalled-event.js';
import { LineLogger } from '../utils/line-logger.js';

/** Options of {@link FallbackDriver}. */
export interface FallbackDriverOptions {
  /** The names of the drivers, in the order they are tried. The first is the primary. */
  drivers: readonly DriverName[];
}

/**
 * Tries one driver after another until one takes the delivery. It rejects with a
 * {@link FallbackExhaustedError}, which names each driver and what it threw, once all have failed. An
 * `UnrecoverableError` or a `PostponeError` is passed on at once.
 *
 * A driver that runs the delivery and then fails has run it: put drivers in front that fail before
 * (a queue that cannot be reached, a full one), or make the work idempotent.
 */
export class FallbackDriver extends WrappingDriver<FallbackDriverOptions & { driver?: never }> {
  private readonly logger = new LineLogger(FallbackDriver.name);

  static override validateOptions(options: unknown): readonly string[] {
    return checkOptions(options, { drivers: listOf(text, 2) }, ['drivers']);
  }

  static override getWrappedDriverNames(options: unknown): readonly string[] {
    const names: unknown = (options as Partial<FallbackDriverOptions> | undefined)?.drivers;
    return Array.isArray(names) ? names.filter((name): name is string => typeof name === 'string') : [];
  }

  /** Those of the primary; of the options, only what every driver honours: any may have to make the delivery. */
  override get capabilities(): DriverCapabilities {
    const { options = [], ...capabilities } = super.capabilities;
    const others = this.getWrappedDrivers().slice(1);
    return {
      ...capabilities,
      options: options.filter((option) =>
        others.every((driver) => driver.capabilities?.options?.includes(option) === true),
      ),
    };
  }

  dispatch(event: IBaseEvent): Promise<void> {
    return this.tryEach(event, (driver) => driver.dispatch(event));
  }

  /** Where a driver does not take all of them, the next one is given all of them. */
  async dispatchMany(events: readonly IBaseEvent[]): Promise<void> {
    const [first] = events;
    if (first !== undefined) await this.tryEach(first, (driver) => dispatchAll(driver, events));
  }

  private async tryEach(event: IBaseEvent, deliver: (driver: IEventDriver) => Promise<void>): Promise<void> {
    const names = this.getOptions()?.drivers;
    if (names === undefined) {
      throw new InvalidOptionsError('Fallback driver options not configured', [
        "call setOptions({ drivers: ['primary', 'fallback'] }) before dispatch()",
      ]);
    }
    const drivers = this.getWrappedDrivers();
    const failures: FallbackFailure[] = [];
    for (const [index, driverName] of names.entries()) {
      const driver = drivers[index];
      if (driver === undefined) throw this.notConnected(driverName);
      try {
        await deliver(driver);
        return;
      } catch (error) {
        // Nobody wants it done another way: the work says so, or whoever waited has given up.
        if (isVerdict(error) || getSignal(event)?.aborted) throw error;
        failures.push({ driverName, error });
        this.reportFailure(failures, names[index + 1]);
      }
    }
    throw new FallbackExhaustedError(event.getName(), failures);
  }

  private reportFailure(failures: readonly FallbackFailure[], next: string | undefined): void {
    if (next === undefined) return;
    const { driverName, error } = failures.at(-1)!;
    const failed = failures.length === 1 ? 'Primary driver' : `Driver '${driverName}'`;
    this.logger.warn(`${failed} failed, falling back to ${next} driver: ${describeThrown(error)}`);
  }
}

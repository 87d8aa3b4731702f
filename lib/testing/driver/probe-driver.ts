import type { DriverName } from '../../driver/driver-names.js';
import type { DriverCapabilities, DriverOptionName } from '../../driver/driver.interface.js';
import { unwrap } from '../../event/optioned-event.js';
import { BaseDriver, type IBaseEvent } from '../../index.js';

/** The name of the driver that is wrapped to see what it is given. */
export const PROBE = 'probe' as DriverName;

/** What may be asked of it, each with an example. */
export const PROBED_OPTIONS = {
  delay: 1000,
  priority: 3,
  retries: 2,
  idempotencyKey: 'key',
  transaction: { isNone: false },
} as const satisfies Partial<Record<DriverOptionName, unknown>>;

/** Runs deliveries, and keeps them to be looked at. */
export class Probe extends BaseDriver {
  readonly deliveries: IBaseEvent[] = [];

  async dispatch(event: IBaseEvent): Promise<void> {
    this.deliveries.push(event);
    await event.execute();
  }

  /** What a delivery that it was given asks for. */
  readOption(index: number, option: DriverOptionName): unknown {
    const { options } = unwrap(this.deliveries[index]!);
    return (options as Readonly<Record<string, unknown>>)[option];
  }
}

/** Keeps deliveries as if they were stored, and never runs them. */
export class DurableProbe extends Probe {
  override get capabilities(): DriverCapabilities {
    const options = Object.keys(PROBED_OPTIONS) as DriverOptionName[];
    return { durable: true, concurrent: false, options };
  }

  override async dispatch(event: IBaseEvent): Promise<void> {
    this.deliveries.push(event);
  }
}

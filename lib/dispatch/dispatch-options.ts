import { inspect } from 'node:util';
import type { DriverName } from '../driver/driver-names.js';
import { startDate } from '../event/delivery-limits.js';
import { DELIVERY_OPTION_RULES, type DeliveryOptions } from '../event/delivery-options.js';
import type { CallOptions } from '../event/optioned-event.js';
import { anyOf, checkOptions, flag, type OptionRule, text } from '../utils/option-rules.js';
import { InvalidOptionsError } from '../errors/index.js';

/** What `dispatch()` takes besides the event. */
export interface DispatchOptions extends DeliveryOptions {
  /** The driver of every delivery of this dispatch, whatever the listeners and the event name. */
  driver?: DriverName;

  /** Not before this time; instead of `delay`. */
  at?: Date;

  /**
   * What your database library gives you for a transaction: the event is stored in it, delivered if it
   * commits, and never if it is rolled back.
   */
  transaction?: unknown;

  /**
   * With `transaction`, or in one that is open around the dispatch: deliveries whose driver cannot take part in it are
   * stored in it by one that can, and made by their own driver once it has committed. `true` where one driver only can;
   * else its name.
   *
   * @defaultValue false: such a delivery is refused
   */
  afterCommit?: boolean | DriverName;
}

/** What a dispatch asks for, taken apart. */
export interface DispatchRequest {
  /** The name of the driver, if one is asked for. */
  readonly driver: string | undefined;
  /** What each delivery is to be made with; `undefined` if nothing is said about that. */
  readonly options: CallOptions | undefined;
  readonly afterCommit: boolean | string;
}

const RULES: Readonly<Record<keyof DispatchOptions, OptionRule>> = {
  driver: text,
  ...DELIVERY_OPTION_RULES,
  at: startDate,
  transaction: (value) => (value === null ? 'what your database library calls a transaction' : undefined),
  afterCommit: anyOf('true, false or the name of a driver', flag, text),
};

const NOTHING: DispatchRequest = { driver: undefined, options: undefined, afterCommit: false };

/**
 * What a dispatch asks for.
 *
 * @throws {@link InvalidOptionsError} for anything but a name or {@link DispatchOptions}
 */
export function readDispatchOptions(target: DriverName | DispatchOptions | undefined): DispatchRequest {
  if (target === undefined || target === null) return NOTHING;
  if (typeof target === 'string' && target.length > 0) return { ...NOTHING, driver: target };
  const problems =
    typeof target === 'object'
      ? [...checkOptions(target, RULES), ...findContradictions(target)]
      : [`the driver must be a name or { driver: <name> }, not ${inspect(target)}`];
  if (problems.length > 0) throw new InvalidOptionsError('Options of dispatch()', problems);
  const { driver, afterCommit = false, ...rest } = target as DispatchOptions;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return { driver, afterCommit, options: given.length === 0 ? undefined : Object.fromEntries(given) };
}

function findContradictions(options: DispatchOptions): string[] {
  return options.at !== undefined && options.delay !== undefined
    ? ['at and delay exclude one another; give one of them']
    : [];
}

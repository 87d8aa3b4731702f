import { inspect } from 'node:util';
import type { DriverName } from '../driver/driver-names.js';
import { checkOptions, text } from '../utils/option-rules.js';
import { InvalidOptionsError } from '../errors/index.js';

/** What `dispatch()` takes besides the event. */
export interface DispatchOptions {
  /** The driver of every delivery of this dispatch, whatever the listeners and the event name. */
  driver?: DriverName;
}

/**
 * The driver that a dispatch asks for.
 *
 * @throws {@link InvalidOptionsError} for anything but a name or {@link DispatchOptions}
 */
export function getRequestedDriver(target: DriverName | DispatchOptions | undefined): string | undefined {
  if (typeof target === 'string' && target.length > 0) return target;
  if (target === undefined || target === null) return undefined;
  const problems =
    typeof target === 'object'
      ? checkOptions(target, { driver: text })
      : [`the driver must be a name or { driver: <name> }, not ${inspect(target)}`];
  if (problems.length > 0) throw new InvalidOptionsError('Options of dispatch()', problems);
  return (target as DispatchOptions).driver;
}

import { isThenable } from './is-thenable.js';

const DONE = Promise.resolve();

/**
 * What somebody's function has returned, as what can be waited for. A promise is passed on with its value, if it has one:
 * to hide that would take another promise.
 */
export function toPromise(value: unknown): Promise<void> {
  // What is no promise may not even be looked at more closely.
  if (!isThenable(value)) return DONE;
  return value instanceof Promise ? value : Promise.resolve(value).then(() => undefined);
}

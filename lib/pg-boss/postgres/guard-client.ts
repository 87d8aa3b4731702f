import type { PostgresClient } from './postgres.types.js';

/**
 * A client of `pg` as a library may have it for the time of a transaction: once that has ended it runs nothing more,
 * since its connection may be in the transaction of another by then; and it cannot be given back to its pool.
 */
export function guardClient(client: PostgresClient, hasEnded: () => boolean): PostgresClient {
  const query = (...args: readonly unknown[]): unknown => {
    if (!hasEnded()) return call(client, args);
    const error = new Error(
      'The transaction has ended already, and its client with it: wait for each statement before the listener ' +
        'returns, and begin none once its signal is aborted.',
    );
    if (args.some(isToldByItself)) throw error;
    return Promise.reject(error);
  };
  return new Proxy(client, {
    get: (target, key) => {
      if (key === 'query') return query;
      return key === 'release' ? keep : (Reflect.get(target, key, target) as unknown);
    },
  });
}

/** It may be called in any of the ways that `pg` knows. */
function call(client: PostgresClient, args: readonly unknown[]): unknown {
  return (client as { query(...args: readonly unknown[]): unknown }).query(...args);
}

/** Some libraries give a client back after each statement. */
function keep(): void {}

/** A callback, or what `pg` calls a submittable, such as a cursor: where there is one, no promise is returned. */
function isToldByItself(arg: unknown): boolean {
  return typeof arg === 'function' || (typeof arg === 'object' && arg !== null && 'submit' in arg);
}

/** Fails with a message unless a condition holds. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/**
 * Compares two values as JSON: what comes from another realm, or has its keys in another order, is the same.
 *
 * @param remedy what to do about it if they differ, as a sentence
 */
export function equal(actual: unknown, expected: unknown, what: string, remedy?: string): void {
  const [is, should] = [canonical(actual), canonical(expected)];
  if (is === should) return;
  throw new Error(`${what}: expected ${should}, got ${is}${remedy === undefined ? '' : `. ${remedy}`}`);
}

/** Calls an asynchronous function that must reject, rather than throw. @returns what it rejects with */
export async function rejection(what: string, action: () => Promise<unknown>): Promise<unknown> {
  let result: Promise<unknown>;
  try {
    result = action();
  } catch (error) {
    throw new Error(`${what} threw '${String(error)}' instead of rejecting with it`, { cause: error });
  }
  const error = await result.then(
    () => undefined,
    (reason: unknown) => ({ reason }),
  );
  check(error !== undefined, `${what} resolved, and should have rejected`);
  check(isError(error.reason), `${what} rejected with '${String(error.reason)}', which is no error`);
  return error.reason;
}

function isError(reason: unknown): boolean {
  return typeof (reason as { message?: unknown } | null | undefined)?.message === 'string';
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? 'undefined'
  );
}

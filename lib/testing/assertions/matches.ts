import { isDeepStrictEqual } from 'node:util';

/** A value of the kind that test runners make, such as `expect.any(String)`. */
export interface AsymmetricMatcher {
  asymmetricMatch(value: unknown): boolean;
}

/**
 * Part of a payload: of objects, also of those in arrays, the properties that are to be compared; all else as a whole. Any
 * value may be a matcher such as `expect.any(String)`.
 */
export type Partially<T> =
  | AsymmetricMatcher
  | (T extends Date | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | Function
      ? T
      : T extends readonly unknown[]
        ? { readonly [K in keyof T]: Partially<T[K]> }
        : T extends object
          ? { readonly [K in keyof T]?: Partially<T[K]> }
          : T);

/** What a value is expected to be and is not, by its path. */
export interface Difference {
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Where a value differs from what is expected of it; of plain objects, only what is named is compared. */
export function findDifferences(
  expected: unknown,
  actual: unknown,
  path = '',
  outer: readonly unknown[] = [],
): Difference[] {
  // What contains itself is the same where its parts are.
  if (outer.includes(expected)) return [];
  const inside = typeof expected === 'object' ? [...outer, expected] : outer;
  if (isAsymmetric(expected)) return expected.asymmetricMatch(actual) ? [] : [{ path, expected, actual }];
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length) {
    return expected.flatMap((value, index) =>
      findDifferences(value, actual[index], `${path}[${index}]`, inside),
    );
  }
  if (!isPlainObject(expected) || typeof actual !== 'object' || actual === null) {
    return isDeepStrictEqual(expected, actual) ? [] : [{ path, expected, actual }];
  }
  return Object.entries(expected).flatMap(([key, value]) =>
    findDifferences(
      value,
      (actual as Record<string, unknown>)[key],
      path === '' ? key : `${path}.${key}`,
      inside,
    ),
  );
}

export function isAsymmetric(value: unknown): value is AsymmetricMatcher {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<AsymmetricMatcher>).asymmetricMatch === 'function'
  );
}

/** Of any realm: a test runner may give tests one of their own. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

import { inspect } from 'node:util';
import { type AsymmetricMatcher, isAsymmetric, isPlainObject } from './matches.js';

/** How matchers of test runners tell what they are. */
interface NamedMatcher extends AsymmetricMatcher {
  /** Its name with what it takes, of those that have it. */
  toAsymmetricMatcher?(): string;
  /** Its name alone. */
  toString(): string;
  /** What it takes. */
  readonly sample?: unknown;
}

const MAX_DEPTH = 4;
const MAX_LENGTH = 400;

/** A value in one line, and not a long one. */
export function describeValue(value: unknown): string {
  const text = inspect(value, {
    depth: MAX_DEPTH,
    breakLength: Infinity,
    maxArrayLength: 20,
    maxStringLength: 200,
  });
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

/** A value that is expected: {@link describeValue}, with `Any<String>` and the like by the names they give themselves. */
export function describeExpected(value: unknown): string {
  return describeValue(nameMatchers(value));
}

function nameMatchers(value: unknown, depth = 0): unknown {
  // What is deeper is not shown, and might go round in circles.
  if (depth > MAX_DEPTH) return value;
  if (isAsymmetric(value)) return nameMatcher(value, depth);
  if (Array.isArray(value)) return value.map((inner: unknown) => nameMatchers(inner, depth + 1));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, nameMatchers(inner, depth + 1)]),
  );
}

function nameMatcher(matcher: NamedMatcher, depth: number): unknown {
  const name = matcher.toAsymmetricMatcher?.();
  if (name !== undefined) return { [inspect.custom]: () => name };
  if (matcher.sample === undefined) return matcher;
  const sample = nameMatchers(matcher.sample, depth + 1);
  return {
    [inspect.custom]: (_depth: number, options: object) =>
      `${matcher.toString()} ${inspect(sample, options)}`,
  };
}

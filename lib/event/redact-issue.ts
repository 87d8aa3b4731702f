const REDACTED = '[redacted]';
const MAX_VALUES = 1000;
const MAX_MESSAGE = 300;
/** Shorter text would be found in words that have nothing to do with it. */
const MIN_LENGTH = 4;

/** Takes the values of a payload out of what a schema says about it. */
export type Redactor = (message: string, path: readonly PropertyKey[]) => string;

/**
 * Some schemas quote what they were given, and errors go to logs and stores that payloads must not go
 * to. What cannot be looked through is not quoted at all.
 */
export function createRedactor(payload: unknown): Redactor {
  let values: string[] | undefined;
  return (message, path) => {
    try {
      values ??= collectTexts(payload);
      const redacted = redact(message, values, toText(follow(payload, path)));
      return redacted.length > MAX_MESSAGE ? `${redacted.slice(0, MAX_MESSAGE)}…` : redacted;
    } catch {
      return 'it does not fit';
    }
  };
}

function redact(message: string, values: readonly string[], culprit: string | undefined): string {
  let redacted = message;
  for (const value of values) redacted = redacted.replaceAll(value, REDACTED);
  if (culprit === undefined || culprit === '') return redacted;
  // The value itself also where it is short, but only where it stands alone.
  const words = redacted.split(/([\s"'`]+)/u);
  return words.map((word) => (word === culprit ? REDACTED : word)).join('');
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
    ? String(value)
    : undefined;
}

function follow(payload: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null) return undefined;
    return value instanceof Map ? value.get(key) : (value as Record<PropertyKey, unknown>)[key];
  }, payload);
}

/** The longest first: one may be part of another. */
function collectTexts(payload: unknown): string[] {
  const texts = new Set<string>();
  const seen = new Set<unknown>([payload]);
  // Grows while it is walked.
  for (const value of seen) {
    if (seen.size > MAX_VALUES) throw new RangeError('too many values to look through');
    const text = toText(value);
    if (text !== undefined && text.length >= MIN_LENGTH) texts.add(text);
    for (const inner of valuesOf(value)) seen.add(inner);
  }
  return [...texts].toSorted((a, b) => b.length - a.length);
}

function valuesOf(value: unknown): Iterable<unknown> {
  if (typeof value !== 'object' || value === null) return [];
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  return value instanceof Set ? value : Object.values(value);
}

/** A document as JSON, whatever a payload has in it that is not: nothing is left out without a trace. */
export function toJson(document: unknown): string {
  return JSON.stringify(document, (_key, value: unknown) => replace(value), 2);
}

function replace(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...(value as ReadonlySet<unknown>)];
  if (value instanceof URL) return value.href;
  return value;
}

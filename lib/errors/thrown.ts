/** A property of whatever was thrown; `undefined` where it cannot be read. */
export function readProperty(thrown: unknown, key: string): unknown {
  try {
    return typeof thrown === 'object' && thrown !== null
      ? (thrown as Record<string, unknown>)[key]
      : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a check holds for whatever was thrown; it does not where the value cannot be examined. */
export function isThrown(thrown: unknown, check: (thrown: unknown) => boolean): boolean {
  try {
    return check(thrown);
  } catch {
    return false;
  }
}

/** The stack for the log of an error; `undefined` for what has none. */
export function getStack(thrown: unknown): string | undefined {
  const stack = readProperty(thrown, 'stack');
  return typeof stack === 'string' ? stack : undefined;
}

import { inspect } from 'node:util';

/**
 * One line for whatever was thrown: an error's message, or the value itself where it is no error.
 * Never throws, whatever the value's getters and traps do.
 */
export function describeThrown(thrown: unknown): string {
  try {
    return toOneLine(getText(thrown));
  } catch {
    return 'a value that cannot be read';
  }
}

const MAX_CAUSE = 300;

/** {@link describeThrown} as a part of another message, which it must not crowd out. */
export function describeCause(thrown: unknown): string {
  const text = describeThrown(thrown);
  return text.length > MAX_CAUSE ? `${text.slice(0, MAX_CAUSE - 1)}…` : text;
}

function getText(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) {
    const { message } = thrown;
    if (typeof message === 'string' && message !== '') return message;
    if (thrown instanceof Error) return thrown.name;
  }
  return inspect(thrown, { depth: 1, breakLength: Infinity });
}

/** Text may come from anywhere; it must not look like several lines of a log, nor colour or overwrite them. */
export function toOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

import { inspect } from 'node:util';

/** What is said of something that was thrown has at most so many characters; all of it may be megabytes. */
const MAX_DESCRIPTION = 4096;

const MAX_CAUSE = 300;

/**
 * One line for whatever was thrown: an error's message, or the value itself where it is no error.
 * Never throws, whatever the value's getters and traps do.
 */
export function describeThrown(thrown: unknown): string {
  try {
    // Cut before it is looked through: it may be of any length.
    return shorten(toOneLine(getText(thrown).slice(0, MAX_DESCRIPTION + 1)), MAX_DESCRIPTION);
  } catch {
    return 'a value that cannot be read';
  }
}

/** {@link describeThrown} as a part of another message, which it must not crowd out. */
export function describeCause(thrown: unknown): string {
  return shorten(describeThrown(thrown), MAX_CAUSE);
}

/** Text of at most so many characters, cut between two of them where it is longer. */
export function shorten(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…` : text;
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

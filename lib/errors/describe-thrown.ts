import { inspect } from 'node:util';

/**
 * One line for whatever was thrown: an error's message, or the value itself where it is no error.
 * Never throws, whatever the value's getters and traps do.
 */
export function describeThrown(thrown: unknown): string {
  try {
    if (typeof thrown === 'string') return thrown;
    if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) {
      const { message } = thrown;
      if (typeof message === 'string') return message;
    }
    return inspect(thrown, { depth: 1, breakLength: Infinity });
  } catch {
    return 'a value that cannot be read';
  }
}

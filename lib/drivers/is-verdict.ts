import { PostponeError, UnrecoverableError } from '../errors/index.js';

/**
 * Whether the work itself says what is to become of it: that trying again is pointless, or when it is to be called
 * again. No driver knows better, and neither says anything about the health of what the work depends on.
 */
export function isVerdict(error: unknown): boolean {
  return UnrecoverableError.isInstance(error) || PostponeError.isInstance(error);
}

import { PostponeError } from '../../index.js';

/**
 * What is thrown where a test lets a process die after the work is done. No driver in the process tries it again, as
 * none would be left to do so: only what is stored comes back.
 */
export class InjectedCrashError extends PostponeError {
  constructor(what: string) {
    super(0, `the test lets the process die after ${what} has run`);
  }
}

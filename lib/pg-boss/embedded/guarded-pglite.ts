import type { PGlite } from '@electric-sql/pglite';
import { readProperty } from '../../errors/thrown.js';
import { describePgliteError } from './describe-pglite-error.js';

/** What PostgreSQL calls the end of a server that has crashed. */
const CRASH_SHUTDOWN = '57P02';

/** The severities of errors after which a server has to start anew: what it stored from then on would be lost. */
const FATAL_SEVERITIES: ReadonlySet<unknown> = new Set(['FATAL', 'PANIC']);

/**
 * A PGlite that does nothing more after an error such as a write-ahead log that cannot be written. PGlite itself goes
 * on: it confirms what is not stored, or never returns.
 */
export class GuardedPglite {
  private crash: Error | undefined;

  constructor(readonly pglite: PGlite) {
    // Every statement comes this way, whoever issues it, and so does the rollback after it.
    const send = pglite.execProtocolRawSync.bind(pglite);
    pglite.execProtocolRawSync = (message) => {
      if (this.crash !== undefined) throw this.crash;
      try {
        return send(message);
      } catch (error) {
        // What PostgreSQL says of a statement is in the answer: this has gone right through it.
        throw this.toCrash(error);
      }
    };
    const stream = pglite.execProtocolStream.bind(pglite);
    pglite.execProtocolStream = (message, options) => this.watch(stream(message, options));
    const exec = pglite.execProtocol.bind(pglite);
    pglite.execProtocol = (message, options) => this.watch(exec(message, options));
  }

  get hasCrashed(): boolean {
    return this.crash !== undefined;
  }

  private async watch<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw FATAL_SEVERITIES.has(readProperty(error, 'severity')) ? this.toCrash(error) : error;
    }
  }

  private toCrash(error: unknown): Error {
    return (this.crash ??= Object.assign(
      new Error(`The embedded database has crashed: ${describePgliteError(error)}`, { cause: error }),
      { code: CRASH_SHUTDOWN },
    ));
  }
}

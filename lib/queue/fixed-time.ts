import { InvalidOptionsError } from '../errors/index.js';

/** A clock that a test moves has no hold of a server. */
export function toFixedTime(store: string): InvalidOptionsError {
  return new InvalidOptionsError(store, [
    `the time of a server cannot be moved. In a test whose clock moves, use the embedded database, ` +
      `PgBossWorkerCreator.forRoot({ connection: { embedded: 'memory' } }), or InMemoryWorkerCreator of ` +
      `'nestjs-event-drivers/testing'`,
  ]);
}

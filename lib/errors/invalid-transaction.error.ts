import { EventsError } from './events.error.js';

/** What was given as a transaction is none, is not open, or is of a library that is not known. */
export class InvalidTransactionError extends EventsError {
  readonly code = 'EVENTS_INVALID_TRANSACTION';

  constructor(readonly problem: string) {
    super(
      `${problem} Give the open transaction itself: that of Knex, Kysely, Drizzle, Prisma, PGlite or ` +
        `pg-boss, the EntityManager of TypeORM or MikroORM or the QueryRunner of TypeORM inside of one, ` +
        `a client of pg after BEGIN, or what a transactional listener is given.`,
    );
  }
}

import type { PGlite, Transaction } from '@electric-sql/pglite';
import type { WorkerCreator } from 'nestjs-event-drivers';
import type { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import type { HarnessTransaction } from 'nestjs-event-drivers/testing';

/** A transaction of PGlite that is settled from outside. */
export async function beginPgliteTransaction(engine: WorkerCreator): Promise<HarnessTransaction> {
  const pglite = (engine as PgBossWorkerCreator).getClient<PGlite>();
  const begun = Promise.withResolvers<Transaction>();
  const decided = Promise.withResolvers<boolean>();
  const ended = pglite.transaction(async (transaction) => {
    begun.resolve(transaction);
    if (!(await decided.promise)) await transaction.rollback();
  });
  const end = (isCommit: boolean): Promise<void> => {
    decided.resolve(isCommit);
    return ended;
  };
  return { transaction: await begun.promise, commit: () => end(true), rollback: () => end(false) };
}

import type { Db, PgBoss } from 'pg-boss';
import { readProperty } from '../errors/thrown.js';
import type { StoredDelivery } from '../queue/stored-delivery.js';
import { Announcements } from './announcements.js';
import { type PgBossJob, toTakenJob } from './pg-boss-job.js';
import type { JobData } from './pg-boss.mapper.js';
import { createPlainStatements, type PlainStatements } from './plain-statements.js';

/** What the server says of an id that is there already. */
const UNIQUE_VIOLATION = '23505';

interface PlainInsertOptions {
  /** Whether no other process has the database. */
  readonly isExclusive: boolean;
}

/**
 * Inserts jobs that are nothing but an id and data, as most are, by pg-boss's own statement with what these do without
 * cut out of it: two dozen options that would be looked for in each, and the search for ids that are there already.
 */
export class PlainInsert {
  private readonly statements = new Map<string, Promise<PlainStatements | undefined>>();
  private readonly announcements = new Announcements();

  constructor(
    private readonly boss: PgBoss,
    private readonly options: PlainInsertOptions,
  ) {}

  /** Whether all of them are nothing but an id and data. */
  fits(deliveries: readonly StoredDelivery[]): boolean {
    return deliveries.every(isPlain);
  }

  /**
   * Inserts all or none of what {@link PlainInsert.fits}.
   *
   * @returns `false` if that is not the way to store them: nothing is stored then
   */
  async insert(db: Db, queue: string, deliveries: readonly StoredDelivery[]): Promise<boolean> {
    const { announced, unannounced } = (await this.getStatements(db, queue)) ?? {};
    const json = toJson(deliveries);
    if (unannounced === undefined || !this.announcements.mayWait(queue)) {
      return (await execute(db, announced, deliveries, json)) !== undefined;
    }
    try {
      return (await execute(db, unannounced.insert, deliveries, json)) !== undefined;
    } finally {
      // They may be stored even where nothing was heard of it.
      this.announcements.add(queue, () => db.executeSql(unannounced.announce));
    }
  }

  /** Announces what is still to be announced. */
  end(): void {
    this.announcements.end();
  }

  /**
   * The same for jobs that this process takes as it inserts them.
   *
   * @returns the jobs; `undefined` if that is not the way to store them: nothing is stored then
   */
  async insertTaken(
    db: Db,
    queue: string,
    deliveries: readonly StoredDelivery[],
  ): Promise<readonly PgBossJob[] | undefined> {
    const statement = (await this.getStatements(db, queue))?.taken;
    const json = toJson(deliveries);
    const rows = await execute(db, statement, deliveries, json);
    if (rows === undefined) return undefined;
    const [{ retryLimit }] = rows as [{ readonly retryLimit: number }];
    // What becomes of a payload is seen by one delivery, and by nobody who has dispatched it.
    const data = JSON.parse(json) as JobData[];
    return deliveries.map(({ id }, index) => toTakenJob(id, data[index]!, retryLimit));
  }

  private getStatements(db: Db, queue: string): Promise<PlainStatements | undefined> {
    let statements = this.statements.get(queue);
    if (statements === undefined) {
      statements = createPlainStatements(this.boss, db, queue, this.options.isExclusive);
      this.statements.set(queue, statements);
      statements.catch(() => this.statements.delete(queue));
    }
    return statements;
  }
}

/** @returns `undefined` if there is no such statement, or an id is there already */
async function execute(
  db: Db,
  statement: string | undefined,
  deliveries: readonly StoredDelivery[],
  json: string,
): Promise<unknown[] | undefined> {
  if (statement === undefined) return undefined;
  try {
    const ids = `{${deliveries.map(({ id }) => id).join(',')}}`;
    return (await db.executeSql(statement, [ids, json])).rows;
  } catch (error) {
    if (readProperty(error, 'code') === UNIQUE_VIOLATION) return undefined;
    throw error;
  }
}

function toJson(deliveries: readonly StoredDelivery[]): string {
  return JSON.stringify(deliveries.map(({ data }) => data));
}

function isPlain({ isNew, options }: StoredDelivery): boolean {
  if (isNew !== true) return false;
  for (const _ in options) return false;
  return true;
}

import type { Db, JobWithMetadata } from 'pg-boss';
import { DEAD_SUFFIX } from '../queue/queue-names.js';
import type { DeadLetter, DeadLetterFilter, DeliveryCount } from '../queue/worker-creator.js';
import type { Writable } from '../utils/writable.js';
import type { ForgottenQueues } from './forgotten-queues.js';
import { type JobData, ORDERED_SUFFIX, toDeadLetter, toQueueName } from './pg-boss.mapper.js';
import { type RedriveFilter, type RedriveParts, redriveInOrder } from './redrive-in-order.js';

const PAGE_SIZE = 1000;

interface CountRow {
  name: string;
  event: string | null;
  listener: string | null;
  ready: string;
  delayed: string;
  active: string;
  completed: string;
}

interface OperationsParts extends RedriveParts {
  readonly forgotten: ForgottenQueues;
}

/** Looks into the queues, and moves what was given up. */
export class PgBossOperations {
  constructor(private readonly parts: OperationsParts) {}

  async count(queues: readonly string[]): Promise<DeliveryCount[]> {
    const counts = new Map<string, Writable<DeliveryCount>>();
    const get = (queue: string, event: string | null, listener: string | null) => {
      const key = JSON.stringify([queue, event, listener]);
      let count = counts.get(key);
      if (count === undefined) {
        const zero = { ready: 0, delayed: 0, active: 0, completed: 0, failed: 0 };
        count = { queue, event: event ?? '', listener: listener ?? undefined, ...zero };
        counts.set(key, count);
      }
      return count;
    };
    const names = queues.flatMap((queue) => [queue, queue + ORDERED_SUFFIX]);
    for (const row of await this.readCounts(names)) {
      const count = get(toQueueName(row.name), row.event, row.listener);
      for (const state of ['ready', 'delayed', 'active', 'completed'] as const)
        count[state] += Number(row[state]);
    }
    for (const { name, event, listener, failed } of await this.readFailed(names)) {
      get(toQueueName(name), event, listener).failed += Number(failed);
    }
    return [...counts.values()];
  }

  /** All that pg-boss has, ours and others. */
  async listQueues(): Promise<string[]> {
    const { rows } = await this.db.executeSql(`SELECT name FROM ${this.parts.schema}.queue ORDER BY name`);
    return (rows as { name: string }[]).map(({ name }) => name);
  }

  async listDeadLetters(
    deadLetterQueue: string,
    filter: DeadLetterFilter,
    { limit, after }: { readonly limit: number; readonly after?: string },
  ): Promise<DeadLetter[]> {
    const found: DeadLetter[] = [];
    let last = after;
    while (found.length < limit) {
      const jobs = await this.parts.boss.findJobs<JobData>(deadLetterQueue, {
        ...toData(filter),
        limit: PAGE_SIZE,
        db: this.db,
        ...(last === undefined ? undefined : { after: last }),
      });
      found.push(
        ...jobs
          .filter(isKept)
          .map(toDeadLetter)
          .filter((letter) => matches(letter, filter)),
      );
      if (jobs.length < PAGE_SIZE) break;
      last = jobs.at(-1)!.id;
    }
    return found.slice(0, limit);
  }

  async previewRedrive(deadLetterQueue: string, filter: DeadLetterFilter): Promise<number> {
    // pg-boss itself counts to 100,000, and reads a row for each.
    const { ids, queue, before } = filter;
    const { data } = toData(filter);
    const { rows } = await this.db.executeSql(
      `SELECT j.source_name AS name, count(*) AS count FROM ${this.parts.schema}.job j JOIN ${this.parts.schema}.queue q ON q.name = j.source_name
      WHERE j.name = $1 AND j.state IN ('created', 'retry')
        AND ($2::text[] IS NULL OR j.source_name = ANY($2))
        AND ($3::text IS NULL OR j.data @> $3::jsonb)
        AND ($4::timestamptz IS NULL OR j.created_on < $4)
        AND ($5::uuid[] IS NULL OR j.id = ANY($5)) GROUP BY 1`,
      [
        deadLetterQueue,
        queue === undefined ? null : [queue, queue + ORDERED_SUFFIX],
        data === undefined ? null : JSON.stringify(data),
        before ?? null,
        ids?.filter(isUuid) ?? null,
      ],
    );
    const { forgotten } = this.parts;
    const left = await forgotten.find(this.db, deadLetterQueue);
    const isLeft = ({ name }: { name: string }): boolean => left.includes(name);
    const counts = rows as { name: string; count: string }[];
    forgotten.warnOfDeadLetters(counts.filter(isLeft), deadLetterQueue);
    return counts.reduce((sum, one) => (isLeft(one) ? sum : sum + Number(one.count)), 0);
  }

  async redrive(deadLetterQueue: string, filter: DeadLetterFilter, limit: number): Promise<number> {
    const { forgotten } = this.parts;
    const left = await forgotten.find(this.db, deadLetterQueue);
    const named = left.length === 0 ? undefined : forgotten.getNamed(deadLetterQueue);
    const { queue } = filter;
    const sources = queue === undefined ? named : [queue, queue + ORDERED_SUFFIX];
    let moved = 0;
    for (const redrive of toRedrives(
      filter,
      sources?.filter((name) => !left.includes(name)),
    )) {
      if (moved >= limit) break;
      const options = { ...redrive, limit: limit - moved };
      moved += await redriveInOrder(this.parts, deadLetterQueue, options);
    }
    return moved;
  }

  async purge(deadLetterQueue: string, filter: DeadLetterFilter, limit: number): Promise<number> {
    const letters = await this.listDeadLetters(deadLetterQueue, filter, { limit });
    if (letters.length === 0) return 0;
    await this.parts.boss.deleteJob(
      deadLetterQueue,
      letters.map(({ id }) => id),
      { db: this.db },
    );
    return letters.length;
  }

  private get db(): Db {
    return this.parts.database.withDeadline(this.parts.deadlineMs);
  }

  private async readCounts(names: readonly string[]): Promise<CountRow[]> {
    const { rows } = await this.db.executeSql(
      `SELECT name, data->>'event' AS event, data->>'listener' AS listener,
        count(*) FILTER (WHERE state IN ('created', 'retry') AND start_after <= ${this.parts.schema}.job_now()) AS ready,
        count(*) FILTER (WHERE state IN ('created', 'retry') AND start_after > ${this.parts.schema}.job_now()) AS delayed,
        count(*) FILTER (WHERE state = 'active') AS active,
        count(*) FILTER (WHERE state = 'completed') AS completed
      FROM ${this.parts.schema}.job WHERE name = ANY($1) AND state <> 'failed' GROUP BY 1, 2, 3`,
      [names],
    );
    return rows as CountRow[];
  }

  private async readFailed(
    names: readonly string[],
  ): Promise<{ name: string; event: string | null; listener: string | null; failed: string }[]> {
    const { rows } = await this.db.executeSql(
      `SELECT source_name AS name, data->>'event' AS event, data->>'listener' AS listener, count(*) AS failed
      FROM ${this.parts.schema}.job WHERE source_name = ANY($1) AND name LIKE '%${DEAD_SUFFIX}' GROUP BY 1, 2, 3`,
      [names],
    );
    return rows;
  }
}

/** One that is active or done is no dead letter: someone works the queue of dead letters by other means. */
function isKept({ state }: JobWithMetadata<JobData>): boolean {
  return state === 'created' || state === 'retry' || state === 'failed';
}

function toData({ event, listener }: DeadLetterFilter): { data?: object } {
  return event === undefined && listener === undefined
    ? {}
    : {
        data: { ...(event === undefined ? {} : { event }), ...(listener === undefined ? {} : { listener }) },
      };
}

/** To the database, an id of another kind is an error rather than one that is not there. */
function isUuid(id: string): boolean {
  return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id);
}

/** To pg-boss, a redrive is from one queue or from all. */
function toRedrives(filter: DeadLetterFilter, sources: readonly string[] | undefined): RedriveFilter[] {
  const { before } = filter;
  const ids = filter.ids?.filter(isUuid);
  // pg-boss refuses an empty list, which means none here.
  if (ids?.length === 0) return [];
  const criteria = {
    ...toData(filter),
    ...(ids === undefined ? {} : { ids }),
    ...(before === undefined ? {} : { createdBefore: before }),
  };
  return sources?.map((sourceName) => ({ ...criteria, sourceName })) ?? [criteria];
}

function matches(letter: DeadLetter, { ids, queue, before }: DeadLetterFilter): boolean {
  return (
    (ids === undefined || ids.includes(letter.id)) &&
    (queue === undefined || letter.queue === queue) &&
    (before === undefined || letter.failedAt < before)
  );
}

import { CLOCK_OVERRIDE_SETTING, type Db, TestClock } from 'pg-boss';
import type { Clock, TimedStore } from '../driver/clock.js';
import { TieBreaker } from './tie-breaker.js';

/** After how long to take it that a listener in its transaction waits for the time to move on, in milliseconds. */
const HELD_UP_MS = 200;

/** What goes by a time that is moved by hand. */
interface TimedParts {
  readonly db: Db;
  /** The schema of pg-boss, as it is written in statements. */
  readonly schema: string;
  /** The queues in pg-boss that this process works. */
  readonly getQueues: () => readonly string[];
  /** Whether a listener has a transaction open, which all other statements wait for. */
  readonly isHeldUp: () => boolean;
  /** Has what pg-boss's supervision has done seen to, and every consumer look for work. */
  readonly look: () => Promise<void>;
}

/**
 * The time of a store that a test moves. It stands still in between: pg-boss, its database and our statements read one
 * and the same.
 *
 * What is stored keeps the times that it was stored with. Whoever opens the folder afterwards with the time of the
 * system finds what the test has put into the future still there.
 */
export class MovedTime implements TimedStore {
  /** For pg-boss. */
  readonly clock: TestClock;
  readonly ties = new TieBreaker();
  private parts: TimedParts | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly source: Clock) {
    this.clock = new TestClock(source.now());
  }

  /** Has it moved by the clock of the test from now on. @returns what ends that */
  attach(parts: TimedParts): () => void {
    this.parts = parts;
    const detach = this.source.attach?.(this);
    return () => {
      this.parts = undefined;
      detach?.();
    };
  }

  getNextDue(): Promise<number | undefined> {
    return this.unlessHeldUp(this.readNextDue());
  }

  /** One after another: pg-boss's clock refuses to be moved while it is being moved. */
  async setTime(now: number): Promise<void> {
    const moved = this.last
      .then(() => this.move(now))
      .catch((error: unknown) => {
        // It has been closed meanwhile.
        if (this.parts !== undefined) throw error;
      });
    this.last = moved.catch(() => undefined);
    await this.unlessHeldUp(moved);
  }

  private async readNextDue(): Promise<number | undefined> {
    if (this.parts === undefined) return undefined;
    const { db, schema, getQueues } = this.parts;
    const { rows } = await db.executeSql(
      `SELECT ceil(extract(epoch FROM min(start_after)) * 1000) AS due FROM ${schema}.job
      WHERE name = ANY($1) AND state IN ('created', 'retry') AND NOT blocked AND start_after > ${schema}.job_now()`,
      [getQueues()],
    );
    const [row] = rows as { due: string | null }[];
    return typeof row?.due === 'string' ? Number(row.due) : undefined;
  }

  private async move(now: number): Promise<void> {
    if (this.parts === undefined) return;
    if (now !== this.clock.now()) {
      this.ties.move(now - this.clock.now());
      await this.clock.setTime(now);
      // Runs each of pg-boss's timers once whose time has come, however often it would have been meanwhile.
      await this.clock.tick(0);
    }
    await this.parts?.look();
  }

  /** It would never get its turn if the listener whose transaction it waits for itself waited for the time. */
  private async unlessHeldUp<T>(work: Promise<T>): Promise<T | undefined> {
    const { promise: heldUp, resolve } = Promise.withResolvers<undefined>();
    const timer = setInterval(() => {
      if (this.parts?.isHeldUp() !== false) resolve(undefined);
    }, HELD_UP_MS);
    try {
      return await Promise.race([work, heldUp]);
    } finally {
      clearInterval(timer);
    }
  }
}

/**
 * Puts the time of the system back into a database whose process was killed while its time was moved. Without that it
 * would be right all the same, as sessions have to ask for a time that is moved, but slower.
 */
export async function restoreTime(db: Db, schema: string): Promise<void> {
  const { rows } = await db.executeSql(
    `SELECT prosrc AS source FROM pg_proc WHERE oid = to_regproc('${schema}.job_now')`,
  );
  const [row] = rows as { source: string }[];
  if (row?.source.includes(CLOCK_OVERRIDE_SETTING) !== true) return;
  const attachment = await new TestClock().attach({ db, schema });
  await attachment[Symbol.asyncDispose]();
}

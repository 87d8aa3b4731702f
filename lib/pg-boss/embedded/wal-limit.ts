/** Anything that runs statements: PGlite itself or a transaction of it. */
export interface Session {
  exec(statements: string): Promise<readonly { readonly rows: readonly unknown[] }[]>;
}

const VOLUME =
  'SELECT (pg_current_wal_insert_lsn() - redo_lsn)::float8 AS bytes FROM pg_control_checkpoint()';

/**
 * How long statements run in all before the log is measured, in milliseconds. In this time PGlite
 * writes some 25 MB at the very most; and one measurement takes about a hundredth of it.
 */
const INTERVAL_MS = 100;

/** 16 MB, the size of one file of the log. */
const LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * Keeps the write-ahead log short. PGlite has no background process that would: the log grows
 * without end, and with it the time that the next start takes to replay it.
 */
export class WalLimit {
  #unmeasuredMs = 0;

  constructor(private readonly onError: (error: unknown) => void) {}

  /** Called after each statement, with the time it took. Never rejects. */
  async afterStatement(session: Session, elapsedMs: number): Promise<void> {
    this.#unmeasuredMs += elapsedMs;
    if (this.#unmeasuredMs < INTERVAL_MS) return;
    this.#unmeasuredMs = 0;
    try {
      if ((await this.#measure(session)) > LIMIT_BYTES) await session.exec('CHECKPOINT');
    } catch (error) {
      this.onError(error);
    }
  }

  /** What would have to be replayed after a crash. */
  async #measure(session: Session): Promise<number> {
    const [result] = await session.exec(VOLUME);
    return (result?.rows[0] as { bytes: number } | undefined)?.bytes ?? 0;
  }
}

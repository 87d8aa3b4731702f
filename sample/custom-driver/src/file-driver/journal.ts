import { Logger } from '@nestjs/common';
import { toStoredError } from 'nestjs-event-drivers';
import { JournalFile } from './journal-file.js';
import type { JournalRecord } from './journal-record.js';
import { readLines } from './read-lines.js';

/** What the records of a journal are for. */
export interface Ledger {
  /** How many records it takes to write down all that is known. */
  readonly size: number;
  apply(record: JournalRecord): void;
  /** All that is needed to know as much again. */
  toRecords(): readonly JournalRecord[];
}

/** What waits to be written. */
interface Waiting {
  readonly records: readonly JournalRecord[];
  readonly settled: PromiseWithResolvers<void>;
}

/**
 * A file that records are only ever appended to, a line for all that belong together: a line is there as a whole, or not
 * at all.
 *
 * What several callers append at a time is written and synced together: the disk is waited for once for all of them.
 */
export class Journal {
  private readonly logger = new Logger('FileDriver');
  private readonly waiting: Waiting[] = [];
  private flushing: Promise<void> | undefined;
  /** How many records there are to be before it is tried again to write the file anew. */
  private compactAt = 0;

  private constructor(
    private readonly file: JournalFile,
    /** How many records the file has, needed or not. */
    private recordCount: number,
    private readonly ledger: Ledger,
    private readonly compactAfter: number,
  ) {}

  /**
   * Opens a journal, and says what is in it.
   *
   * @param ledger is told each record: those of the file now, and those that are appended once they are on the disk
   * @param compactAfter how many records that nobody needs there may be before the file is written anew
   */
  static async open(path: string, ledger: Ledger, compactAfter: number): Promise<Journal> {
    let records: readonly JournalRecord[] = [];
    const file = await JournalFile.open(path, (bytes) => {
      const lines = readLines(bytes, path);
      ({ records } = lines);
      return lines.length;
    });
    for (const record of records) ledger.apply(record);
    return new Journal(file, records.length, ledger, compactAfter);
  }

  /**
   * Resolves once the records are on the disk, all of them.
   *
   * @throws a `StoreError` that says whether it is certain that they are not
   */
  append(records: readonly JournalRecord[]): Promise<void> {
    const settled = Promise.withResolvers<void>();
    this.waiting.push({ records, settled });
    this.flushing ??= this.flush();
    return settled.promise;
  }

  /** Closes the file once all that was given to it is written. */
  async close(): Promise<void> {
    while (this.flushing !== undefined) await this.flushing;
    await this.file.close();
  }

  private async flush(): Promise<void> {
    // Those who append in the same turn of the event loop are in it together.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      await this.commit(this.waiting.splice(0));
      if (this.isWasteful()) await this.compact();
    }
    this.flushing = undefined;
  }

  private async commit(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.file.append(toText(batch.map(({ records }) => records)));
    } catch (error) {
      for (const { settled } of batch) settled.reject(error);
      return;
    }
    for (const { records, settled } of batch) {
      this.recordCount += records.length;
      // Before whoever waits is told, so that a file that is written anew lacks nothing that was promised.
      for (const record of records) this.ledger.apply(record);
      settled.resolve();
    }
  }

  /** Whether there is more in it that nobody needs than what somebody does, and enough of it to be worth the while. */
  private isWasteful(): boolean {
    const { recordCount, ledger, compactAfter } = this;
    const isWorthIt = recordCount - ledger.size > Math.max(compactAfter, ledger.size);
    return isWorthIt && recordCount >= this.compactAt && !this.file.isBroken;
  }

  /** Where the file cannot be written anew, it goes on growing. */
  private async compact(): Promise<void> {
    const records = this.ledger.toRecords();
    try {
      await this.file.replace(toText(records.map((record) => [record])));
      this.recordCount = records.length;
    } catch (error) {
      this.logger.warn(`'${this.file.path}' cannot be written anew: ${toStoredError(error).message}`);
      this.compactAt = this.recordCount + this.compactAfter;
    }
  }
}

function toText(lines: readonly (readonly JournalRecord[])[]): string {
  return lines.map((records) => `${JSON.stringify(records)}\n`).join('');
}

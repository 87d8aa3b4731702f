import type { JournalRecord } from './journal-record.js';

/** What a journal has of whole lines. */
export interface ReadLines {
  readonly records: readonly JournalRecord[];
  /** How many bytes these lines have. */
  readonly length: number;
}

/** A journal has something in its middle that is no line of it. Nothing was changed. */
export class DamagedJournalError extends Error {
  override readonly name = 'DamagedJournalError';

  constructor(path: string, line: number) {
    super(
      `Line ${line} of '${path}' is no line of a journal, though others follow it: something else has written there, or ` +
        `the disk is damaged. Restore the file, or remove that line to do without what it says.`,
    );
  }
}

/**
 * Reads the lines of a journal. What is after the last one that is whole was being written when a process died.
 *
 * @throws {@link DamagedJournalError} if that is not the end of the file
 */
export function readLines(bytes: Buffer, path: string): ReadLines {
  const records: JournalRecord[] = [];
  let length = 0;
  let torn: number | undefined;
  let line = 0;
  for (
    let start = 0, end = bytes.indexOf('\n');
    end !== -1;
    start = end + 1, end = bytes.indexOf('\n', start)
  ) {
    line++;
    const parsed = parse(bytes.toString('utf8', start, end));
    if (parsed === undefined) {
      torn ??= line;
      continue;
    }
    if (torn !== undefined) throw new DamagedJournalError(path, torn);
    records.push(...parsed);
    length = end + 1;
  }
  return { records, length };
}

function parse(text: string): readonly JournalRecord[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? (parsed as readonly JournalRecord[]) : undefined;
  } catch {
    return undefined;
  }
}

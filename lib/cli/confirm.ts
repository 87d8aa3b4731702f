import { createInterface } from 'node:readline/promises';
import type { CliIo } from './cli-io.js';
import { UsageError } from './usage.error.js';

/** Asks whoever is there. @throws {@link UsageError} if nobody is */
export async function confirm({ stdin, stderr }: CliIo, question: string): Promise<boolean> {
  if (stdin.isTTY !== true) throw new UsageError('there is nobody to ask: confirm it with --yes');
  stderr.write(`${question} [y/N] `);
  const lines = createInterface({ input: stdin });
  try {
    for await (const line of lines) return /^\s*y(?:es)?\s*$/i.test(line);
    return false;
  } finally {
    lines.close();
  }
}

import { Readable } from 'node:stream';
import { main } from '../../../lib/cli/cli.js';

/** What a run of the command line has left behind. */
export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What is different from a process without a terminal and without an environment. */
export interface CliSurroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** What a person types who sits at the terminal. */
  readonly typed?: string;
  /** Whether a person sees what is printed on `stderr`. */
  readonly isSeen?: boolean;
}

/** Runs the command line in this process. */
export async function runCli(
  args: readonly string[],
  { env = {}, directory = import.meta.dirname, typed, isSeen = false }: CliSurroundings = {},
): Promise<CliRun> {
  const printed = { stdout: '', stderr: '' };
  const stdin = Object.assign(Readable.from(typed === undefined ? [] : [typed]), {
    isTTY: typed !== undefined,
  });
  const exitCode = await main(args, {
    stdout: { write: (text) => (printed.stdout += text) },
    stderr: { write: (text) => (printed.stderr += text), isTTY: isSeen },
    stdin,
    env,
    directory,
  });
  return { exitCode, ...printed };
}

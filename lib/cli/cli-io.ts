import type { Readable } from 'node:stream';

/** Where a command prints to. */
export interface CliOutput {
  write(text: string): unknown;
  /** Whether a person is looking. */
  readonly isTTY?: boolean | undefined;
}

/** What the command line knows of the process that it runs in. */
export interface CliIo {
  readonly stdout: CliOutput;
  readonly stderr: CliOutput;
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The directory that relative paths are relative to. */
  readonly directory: string;
}

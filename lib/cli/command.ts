import type { CliIo } from './cli-io.js';
import type { OptionValues } from './option-values.js';

/** An option as it is parsed, and as the help shows it. */
export interface CommandOption {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** Whether it can be given several times. */
  readonly multiple?: boolean;
  /** What stands for its value in the help: `<url>`. */
  readonly value?: string;
  readonly description: string;
}

/** What a command is run with. */
export interface CommandContext {
  readonly io: CliIo;
  readonly values: OptionValues;
  /** The argument that the command declares; empty where it declares none. */
  readonly argument: string;
  /** Prints the result: the document with `--json`, the text without. */
  readonly print: (document: unknown, text: () => string) => void;
  /** Says something that is not the result. */
  readonly notify: (line: string) => void;
}

/** One of the commands of the command line. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The argument that it needs: `<queue>`. */
  readonly argument?: string;
  readonly options: Readonly<Record<string, CommandOption>>;
  /** What else there is to know, a paragraph each. */
  readonly notes?: readonly string[];
  readonly examples: readonly string[];
  readonly run: (context: CommandContext) => Promise<void>;
}

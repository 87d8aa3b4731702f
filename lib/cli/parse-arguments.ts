import { parseArgs } from 'node:util';
import { describeThrown } from '../errors/describe-thrown.js';
import { readProperty } from '../errors/thrown.js';
import type { Command } from './command.js';
import { COMMON_OPTIONS } from './options.js';
import { OptionValues } from './option-values.js';
import { UsageError } from './usage.error.js';

/** What a command was called with. */
export interface ParsedArguments {
  readonly values: OptionValues;
  readonly argument: string;
}

/** @throws {@link UsageError} if the command cannot be called with that */
export function parseArguments(command: Command, args: readonly string[]): ParsedArguments {
  const { values, positionals } = parse(command, args);
  const parsed = new OptionValues(values);
  const [argument = '', ...more] = positionals;
  if (parsed.isSet('help')) return { values: parsed, argument };
  if (command.argument === undefined && argument !== '') {
    throw new UsageError(`'${command.name}' takes no argument '${argument}'`);
  }
  if (command.argument !== undefined && !command.argument.startsWith('[') && argument === '') {
    throw new UsageError(`'${command.name}' needs an argument: ${command.argument}`);
  }
  if (more.length > 0) throw new UsageError(`'${command.name}' takes one argument, and not '${more[0]}'`);
  return { values: parsed, argument };
}

function parse(command: Command, args: readonly string[]): ReturnType<typeof parseArgs> {
  const options = Object.fromEntries(
    Object.entries({ ...command.options, ...COMMON_OPTIONS }).map(
      ([name, { type, short, multiple = false }]) => [
        name,
        { type, multiple, ...(short === undefined ? {} : { short }) },
      ],
    ),
  );
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    if (!String(readProperty(error, 'code')).startsWith('ERR_PARSE_ARGS_')) throw error;
    // What follows the first sentence is advice on arguments that begin with a hyphen.
    throw new UsageError(describeThrown(error).replace(/\. .*$|\.$/s, ''));
  }
}

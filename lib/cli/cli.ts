import { readFileSync } from 'node:fs';
import type { CliIo } from './cli-io.js';
import type { Command } from './command.js';
import { COMMANDS } from './commands.js';
import { describeFailure, findSecrets, hideSecrets } from './describe-failure.js';
import { parseArguments } from './parse-arguments.js';
import { toJson } from './render/to-json.js';
import { renderHelp, renderOverview } from './render/render-help.js';
import { UsageError } from './usage.error.js';

/** What the process ends with. */
const SUCCESS = 0;
const FAILURE = 1;
const WRONG_USAGE = 2;

/** Runs the command line. Never rejects. @returns the exit code */
export async function main(args: readonly string[], io: CliIo): Promise<number> {
  const secrets = findSecrets(args, io.env);
  const say = (text: string): void => void io.stderr.write(`${hideSecrets(text, secrets)}\n`);
  try {
    await run(args, io, say);
    return SUCCESS;
  } catch (error) {
    say(`event-drivers: ${describeFailure(error, args.includes('--debug'))}`);
    return error instanceof UsageError ? WRONG_USAGE : FAILURE;
  }
}

async function run(
  [name, ...args]: readonly string[],
  io: CliIo,
  say: (text: string) => void,
): Promise<void> {
  if (name === '--version' || name === '-v') return void io.stdout.write(`${readVersion()}\n`);
  if (name === '--help' || name === '-h') return void io.stdout.write(renderOverview(COMMANDS));
  const command = findCommand(name);
  const { values, argument } = parseArguments(command, args);
  if (values.isSet('help')) return void io.stdout.write(renderHelp(command));
  await command.run({
    io,
    values,
    argument,
    notify: say,
    print: (document, text) => void io.stdout.write(`${values.isSet('json') ? toJson(document) : text()}\n`),
  });
}

function findCommand(name: string | undefined): Command {
  const command = COMMANDS.find((known) => known.name === name);
  if (command !== undefined) return command;
  const names = COMMANDS.map((known) => known.name).join(', ');
  if (name === undefined) throw new UsageError(`name a command: ${names}`);
  throw new UsageError(
    name.startsWith('-')
      ? `name a command before its options: ${names}`
      : `there is no command '${name}'; there are ${names}`,
  );
}

function readVersion(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}

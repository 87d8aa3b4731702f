import type { Command, CommandOption } from '../command.js';
import { COMMON_OPTIONS } from '../options.js';

/** The list of all commands. */
export function renderOverview(commands: readonly Command[]): string {
  const rows = commands.map(
    ({ name, argument, summary }) => [[name, argument].filter(Boolean).join(' '), summary] as const,
  );
  return [
    'Looks after the queues of nestjs-event-drivers.',
    '',
    'Usage: event-drivers <command> [options]',
    '',
    'Commands:',
    ...renderPairs(rows),
    '',
    'Options of a command: event-drivers <command> --help',
    'Version:              event-drivers --version',
    '',
    'Exit codes: 0 done, 1 failed, 2 wrong usage (nothing was done)',
    '',
  ].join('\n');
}

/** All about one command. */
export function renderHelp({ name, summary, argument, options, notes = [], examples }: Command): string {
  const all = Object.entries({ ...options, ...COMMON_OPTIONS });
  return [
    `${summary[0]!.toUpperCase()}${summary.slice(1)}.`,
    '',
    `Usage: event-drivers ${[name, argument, '[options]'].filter(Boolean).join(' ')}`,
    '',
    'Options:',
    ...renderPairs(all.map(([option, spec]) => [renderOption(option, spec), spec.description] as const)),
    ...notes.flatMap((note) => ['', note]),
    '',
    'Examples:',
    ...examples.map((example) => `  event-drivers ${example}`),
    '',
  ].join('\n');
}

function renderOption(name: string, { short, value }: CommandOption): string {
  return [short === undefined ? '   ' : `-${short},`, `--${name}`, value].filter(Boolean).join(' ');
}

function renderPairs(pairs: readonly (readonly [left: string, right: string])[]): string[] {
  const width = Math.max(...pairs.map(([left]) => left.length));
  return pairs.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

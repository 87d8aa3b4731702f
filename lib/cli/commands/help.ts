import type { Command } from '../command.js';
import { renderHelp, renderOverview } from '../render/render-help.js';
import { UsageError } from '../usage.error.js';

/** `help`: about all commands, or about one. */
export function createHelp(others: readonly Command[]): Command {
  const help: Command = {
    name: 'help',
    summary: 'print the list of commands, or what there is to know about one',
    argument: '[<command>]',
    options: {},
    examples: ['help', 'help redrive'],
    run: ({ io, argument }) => {
      const all = [...others, help];
      if (argument === '') {
        io.stdout.write(renderOverview(all));
        return Promise.resolve();
      }
      const command = all.find(({ name }) => name === argument);
      if (command === undefined) {
        return Promise.reject(
          new UsageError(
            `there is no command '${argument}'; there are ${all.map(({ name }) => name).join(', ')}`,
          ),
        );
      }
      io.stdout.write(renderHelp(command));
      return Promise.resolve();
    },
  };
  return help;
}

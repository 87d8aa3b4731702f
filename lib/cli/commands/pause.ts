import type { Command } from '../command.js';
import { SOURCE_OPTIONS } from '../options.js';
import { withSource } from '../sources/open-source.js';

/** `pause`: stops the work on a queue. */
export const pause: Command = {
  name: 'pause',
  summary: 'stop the work on a queue in all processes, until it is resumed',
  argument: '<queue>',
  options: SOURCE_OPTIONS,
  notes: ['A queue has the name that status shows: <driver> or <driver>.<queue>. What is running goes on.'],
  examples: ['pause queue.mails'],
  run: async (context) => {
    const { argument: queue, print } = context;
    await withSource(context, ({ queues }) => queues.setPaused(queue, true));
    print({ queue, paused: true }, () => `Queue '${queue}' is paused.`);
  },
};

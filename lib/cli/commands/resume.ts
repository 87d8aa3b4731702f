import type { Command } from '../command.js';
import { SOURCE_OPTIONS } from '../options.js';
import { withSource } from '../sources/open-source.js';

/** `resume`: has a queue worked again. */
export const resume: Command = {
  name: 'resume',
  summary: 'go on with the work on a queue that is paused',
  argument: '<queue>',
  options: SOURCE_OPTIONS,
  examples: ['resume queue.mails'],
  run: async (context) => {
    const { argument: queue, print } = context;
    await withSource(context, ({ queues }) => queues.setPaused(queue, false));
    print({ queue, paused: false }, () => `Queue '${queue}' is worked again.`);
  },
};

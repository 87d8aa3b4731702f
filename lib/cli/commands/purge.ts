import type { Command } from '../command.js';
import { confirm } from '../confirm.js';
import { ALL_OPTION, FILTER_OPTIONS, readDeliberateFilter, SOURCE_OPTIONS } from '../options.js';
import { createProgress } from '../render/progress.js';
import { countOf } from '../render/render-table.js';
import { withSource } from '../sources/open-source.js';
import { UsageError } from '../usage.error.js';

/** `purge`: deletes what was given up. */
export const purge: Command = {
  name: 'purge',
  summary: 'delete what was given up, for good',
  options: {
    ...FILTER_OPTIONS,
    ...ALL_OPTION,
    yes: { type: 'boolean', short: 'y', description: 'do not ask' },
    ...SOURCE_OPTIONS,
  },
  examples: ['purge --listener mailer --before 2026-01-01', 'purge --all --yes'],
  run: async (context) => {
    const { io, values, print } = context;
    const filter = readDeliberateFilter(values);
    const isConfirmed = values.isSet('yes');
    if (!isConfirmed && io.stdin.isTTY !== true)
      throw new UsageError('there is nobody to ask: confirm it with --yes');
    await withSource(context, async ({ queues }) => {
      if (!isConfirmed) {
        const count = countOf(await queues.previewRedrive(filter), 'delivery', 'deliveries');
        if (!(await confirm(io, `Delete ${count} for good?`))) throw new Error('nothing was deleted');
      }
      const progress = createProgress(io);
      try {
        const purged = await queues.purge(filter, { onProgress: progress.report });
        progress.end();
        print({ purged }, () => `${countOf(purged, 'delivery was', 'deliveries were')} deleted.`);
      } finally {
        progress.end();
      }
    });
  },
};

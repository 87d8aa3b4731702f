import type { FailedFilter } from '../../driver/driver-operations.js';
import type { Command, CommandContext } from '../command.js';
import { ALL_OPTION, FILTER_OPTIONS, readDeliberateFilter, SOURCE_OPTIONS } from '../options.js';
import { renderFailed } from '../render/failed-table.js';
import { createProgress } from '../render/progress.js';
import { countOf } from '../render/render-table.js';
import { withSource } from '../sources/open-source.js';
import type { Source } from '../sources/source.js';

/** How many of what would be redriven are shown. */
const SHOWN = 10;

/** `redrive`: tries again what was given up. */
export const redrive: Command = {
  name: 'redrive',
  summary: 'put what was given up back into its queue, to be tried again with all its attempts',
  options: {
    ...FILTER_OPTIONS,
    ...ALL_OPTION,
    'dry-run': { type: 'boolean', description: 'only show what would be put back' },
    ...SOURCE_OPTIONS,
  },
  examples: [
    'redrive --event order.placed --dry-run',
    'redrive --queue queue.mails --before 2026-01-31T12:00:00Z',
  ],
  run: async (context) => {
    const filter = readDeliberateFilter(context.values);
    const isPreview = context.values.isSet('dry-run');
    await withSource(context, ({ queues }) =>
      isPreview ? preview(context, queues, filter) : run(context, queues, filter),
    );
  },
};

async function preview(
  context: CommandContext,
  queues: Source['queues'],
  filter: FailedFilter,
): Promise<void> {
  const count = await queues.previewRedrive(filter);
  const first = count === 0 ? [] : await queues.listFailed(filter, SHOWN);
  context.print({ dryRun: true, count }, () =>
    [
      `${countOf(count, 'delivery', 'deliveries')} would be put back${count === 0 ? '.' : ':'}`,
      ...(count === 0 ? [] : [renderFailed(first)]),
      ...(count > first.length ? [`... and ${count - first.length} more`] : []),
    ].join('\n'),
  );
}

async function run(
  { io, print }: CommandContext,
  queues: Source['queues'],
  filter: FailedFilter,
): Promise<void> {
  const progress = createProgress(io);
  try {
    const redriven = await queues.redrive(filter, { onProgress: progress.report });
    // The bar is gone before the result is there.
    progress.end();
    print({ redriven }, () => `${countOf(redriven, 'delivery was', 'deliveries were')} put back.`);
  } finally {
    progress.end();
  }
}

import type { Command } from '../command.js';
import { FILTER_OPTIONS, readFilter, SOURCE_OPTIONS } from '../options.js';
import { renderFailed, toFailedDocument } from '../render/failed-table.js';
import { withSource } from '../sources/open-source.js';

const DEFAULT_LIMIT = 100;

/** `failed`: what was given up. */
export const failed: Command = {
  name: 'failed',
  summary: 'list what was given up, oldest first',
  options: {
    ...FILTER_OPTIONS,
    limit: { type: 'string', value: '<n>', description: `at most so many (default: ${DEFAULT_LIMIT})` },
    payload: { type: 'boolean', description: 'show the payloads, whatever is in them' },
    ...SOURCE_OPTIONS,
  },
  examples: [
    'failed --event order.placed --limit 10',
    'failed --id 0190f0a4-7d0c-7e6a-9a55-1c2d3e4f5a6b --payload --json',
  ],
  run: async (context) => {
    const { values } = context;
    const filter = readFilter(values);
    const limit = values.getCount('limit') ?? DEFAULT_LIMIT;
    const withPayload = values.isSet('payload');
    await withSource(context, async ({ queues }) => {
      // One more than is shown tells whether there are more.
      const found = await queues.listFailed(filter, limit + 1);
      const shown = found.slice(0, limit);
      const document = { failed: shown.map((one) => toFailedDocument(one, withPayload)) };
      context.print(document, () =>
        shown.length === 0 ? 'Nothing was given up.' : renderFailed(shown, withPayload),
      );
      if (found.length > limit) context.notify(`There are more than ${limit}: see --limit.`);
    });
  },
};

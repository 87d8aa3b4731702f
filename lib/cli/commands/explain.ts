import type { DeliveryExplanation } from '../../operations/explain-event.js';
import type { Command } from '../command.js';
import { MODULE_OPTION } from '../options.js';
import { describeListener } from '../render/failed-table.js';
import { type Column, renderTable } from '../render/render-table.js';
import { withSource } from '../sources/open-source.js';
import type { Source } from '../sources/source.js';
import { UsageError } from '../usage.error.js';

const COLUMNS: readonly Column<DeliveryExplanation>[] = [
  { title: 'LISTENER', value: ({ listener }) => describeListener(listener) },
  { title: 'DRIVER', value: ({ driver }) => driver },
  { title: 'STACK', value: ({ stack }) => stack },
  { title: 'QUEUE', value: ({ queue }) => queue ?? '-' },
  {
    title: 'BECAUSE',
    value: ({ because, conditional }) => (conditional ? `${because}, if its 'when' says so` : because),
  },
];

/** `explain`: which way an event goes. */
export const explain: Command = {
  name: 'explain',
  summary: 'show which way an event goes: its listeners, their drivers and queues, and why',
  argument: '<event>',
  options: MODULE_OPTION,
  notes: ['Only the application knows, so it needs --module. Its stores are not opened.'],
  examples: ['explain order.placed --module dist/app.module.js'],
  run: async (context) => {
    const { argument, values, print } = context;
    if (values.getText('module') === undefined) {
      throw new UsageError('only the application knows: name its module with --module <compiled module>');
    }
    const show = (source: Source): Promise<void> => {
      const { event, version, deliveries } = source.explain!(argument);
      const document = {
        event,
        version,
        deliveries: deliveries.map((delivery) => ({
          ...delivery,
          listener: delivery.listener ?? null,
          queue: delivery.queue ?? null,
        })),
      };
      print(document, () => `${event} (version ${version})\n\n${renderTable(COLUMNS, deliveries)}`);
      return Promise.resolve();
    };
    await withSource(context, show, 'none');
  },
};

import type { QueueCount } from '../../driver/driver-operations.js';
import type { QueueState } from '../../operations/queue-controls.js';
import type { Command } from '../command.js';
import { SOURCE_OPTIONS } from '../options.js';
import { describeListener } from '../render/failed-table.js';
import { type Column, renderTable } from '../render/render-table.js';
import { withSource } from '../sources/open-source.js';

type Row = Omit<QueueCount, 'event'> & { readonly event: string | undefined; readonly isPaused: boolean };

const COLUMNS: readonly Column<Row>[] = [
  { title: 'DRIVER', value: ({ driver }) => driver },
  { title: 'QUEUE', value: ({ queue, isPaused }) => (isPaused ? `${queue} (paused)` : queue) },
  { title: 'EVENT', value: ({ event }) => event ?? '-' },
  {
    title: 'LISTENER',
    value: ({ event, listener }) => (event === undefined ? '-' : describeListener(listener)),
  },
  { title: 'READY', value: ({ ready }) => ready },
  { title: 'DELAYED', value: ({ delayed }) => delayed },
  { title: 'ACTIVE', value: ({ active }) => active },
  { title: 'COMPLETED', value: ({ completed }) => completed },
  { title: 'FAILED', value: ({ failed }) => failed },
];

/** `status`: how many deliveries are where. */
export const status: Command = {
  name: 'status',
  summary: 'count the deliveries of each queue, event and listener',
  options: SOURCE_OPTIONS,
  examples: [
    'status --connection postgres://user:password@localhost:5432/shop',
    'status --connection ./data/events --json',
    'status --module dist/app.module.js',
  ],
  run: (context) =>
    withSource(context, async ({ queues }) => {
      const [states, counts] = await Promise.all([queues.getQueues(), queues.count()]);
      const document = {
        queues: states.map(({ driver, queue, isPaused }) => ({ driver, queue, paused: isPaused })),
        counts: counts.map((count) => ({ ...count, listener: count.listener ?? null })),
      };
      const rows = toRows(states, counts);
      context.print(document, () =>
        rows.length === 0 ? 'There are no queues.' : renderTable(COLUMNS, rows),
      );
    }),
};

/** A queue with nothing in it has a row as well. */
function toRows(states: readonly QueueState[], counts: readonly QueueCount[]): readonly Row[] {
  const paused = new Set(states.filter(({ isPaused }) => isPaused).map(({ queue }) => queue));
  const nothing = { ready: 0, delayed: 0, active: 0, completed: 0, failed: 0 };
  const empty = states.filter(({ queue }) => !counts.some((count) => count.queue === queue));
  const rows: Row[] = [
    ...counts.map((count) => ({ ...count, isPaused: paused.has(count.queue) })),
    ...empty.map((state) => ({ ...state, ...nothing, event: undefined, listener: undefined })),
  ];
  const keyOf = ({ driver, queue, event = '', listener = '' }: Row): string =>
    [driver, queue, event, listener].join('\0');
  return rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

import { inspect } from 'node:util';
import type { FailedDelivery } from '../../drivers/failed-store.js';
import { maskSecrets } from '../../utils/mask-secrets.js';
import { type Column, renderTable } from './render-table.js';

const COLUMNS: readonly Column<FailedDelivery>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'QUEUE', value: ({ queue, driverName }) => queue ?? driverName },
  { title: 'EVENT', value: ({ eventName }) => eventName },
  { title: 'LISTENER', value: ({ listenerId }) => describeListener(listenerId) },
  { title: 'ATTEMPTS', value: ({ attempts }) => attempts },
  { title: 'FAILED AT', value: ({ failedAt }) => failedAt.toISOString() },
  // What a listener threw may have the address of a server in it.
  { title: 'REASON', value: ({ reason }) => maskSecrets(reason) },
];

const PAYLOAD: Column<FailedDelivery> = {
  title: 'PAYLOAD',
  value: ({ payload }) => inspect(payload, { breakLength: Infinity, depth: null }),
};

/** What was given up, as a table. A payload is only shown if asked for: it may be nobody's business. */
export function renderFailed(failed: readonly FailedDelivery[], withPayload = false): string {
  return renderTable(withPayload ? [...COLUMNS, PAYLOAD] : COLUMNS, failed);
}

/** What was given up, as JSON has it. */
export function toFailedDocument(failed: FailedDelivery, withPayload: boolean): object {
  const { id, driverName, queue, eventId, eventName, listenerId, attempts, failedAt, reason } = failed;
  return {
    id,
    driver: driverName,
    queue: queue ?? driverName,
    event: eventName,
    eventId: eventId ?? null,
    listener: listenerId ?? null,
    attempts,
    failedAt: failedAt.toISOString(),
    reason: maskSecrets(reason),
    ...(withPayload ? { payload: failed.payload ?? null } : {}),
  };
}

/** The id of a listener; the event's own work has none. */
export function describeListener(id: string | undefined): string {
  return id ?? '(execute)';
}

import { UnreadablePayloadError } from '../errors/index.js';
import { isRecord } from '../utils/is-record.js';
import type { StoredData } from './stored-delivery.js';

/** What must be text, if it is there at all. */
const TEXTS = ['event', 'eventId', 'listener', 'driver'] as const;

/**
 * Looks at what a store has given: it is what this library wrote only as long as nobody else writes there.
 *
 * @throws {@link UnreadablePayloadError} if it is nothing that this library writes
 */
export function readStoredData(stored: unknown): StoredData {
  if (!isRecord(stored)) refuse('delivery');
  const data: Partial<Record<keyof StoredData, unknown>> = stored;
  for (const key of TEXTS) {
    const value = data[key];
    if (value !== undefined && value !== null && typeof value !== 'string') refuse(key);
  }
  return {
    ...(data as unknown as StoredData),
    headers: readHeaders(data.headers),
  };
}

/** Headers are a convenience: a delivery does not depend on them. */
function readHeaders(headers: unknown): Record<string, string> {
  if (!isRecord(headers)) return {};
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function refuse(path: string): never {
  throw new UnreadablePayloadError(undefined, { path, reason: 'it is not what this library writes' });
}

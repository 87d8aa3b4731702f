import { hash } from 'node:crypto';

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
/** The first 64 bits of a UUID as text: time, version and counter, which it sorts by. */
const SORTED_BY = 18;

/**
 * The id of a delivery: a UUID that follows from the event and the listener, so that one delivery is
 * stored once however often it is dispatched. Where the event's id is a UUID, deliveries sort as their
 * events do; without a listener it is that very id.
 *
 * @param scope what the event's id is unique in, if it is not unique in the world: the name of the event
 */
export function deliveryId(eventId: string, listenerId: string | undefined, scope?: string): string {
  const isUuid = UUID.test(eventId);
  const id = isUuid ? eventId.toLowerCase() : eventId;
  if (isUuid && listenerId === undefined && scope === undefined) return id;
  const scoped = scope === undefined ? id : `${scope}\0${id}`;
  return toUuid(digest(scoped, listenerId), isUuid ? id.slice(0, SORTED_BY) : '');
}

function digest(eventId: string, listenerId: string | undefined): string {
  return hash('sha256', listenerId === undefined ? eventId : `${eventId}\0${listenerId}`, 'hex');
}

/** Version 8 (of one's own making) unless the start comes with a version; the variant of RFC 9562. */
function toUuid(hex: string, start: string): string {
  const head = start || `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}`;
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  return `${head}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

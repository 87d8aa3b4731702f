const INDEX = /^\d{1,10}$/;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const MAX_KEY = 64;
const MAX_SEGMENTS = 16;

/** A place in a payload as a message names it: `payload.items[3]["a key"]`. */
export function toPayloadPath(segments: readonly PropertyKey[]): string {
  if (segments.length <= MAX_SEGMENTS) return `payload${segments.map(toSegment).join('')}`;
  const start = segments.slice(0, MAX_SEGMENTS / 2).map(toSegment);
  const end = segments.slice(-MAX_SEGMENTS / 4).map(toSegment);
  return `payload${start.join('')} … ${end.join('')}`;
}

function toSegment(key: PropertyKey): string {
  const text = String(key);
  if (INDEX.test(text)) return `[${text}]`;
  const shown = text.length > MAX_KEY ? `${text.slice(0, MAX_KEY)}…` : text;
  // Quoted by JSON, which also escapes what a log must not hold.
  return IDENTIFIER.test(shown) ? `.${shown}` : `[${JSON.stringify(shown)}]`;
}

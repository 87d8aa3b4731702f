import type { EventClass } from '../event/event.interface.js';

/**
 * What a listener hears: an event class, and its subclasses; or a name, in which `*` stands for one
 * segment and `**` for any number (`'order.*'`, `'**.failed'`).
 */
export type EventPattern = EventClass | string;

const MAX_PATTERN_LENGTH = 256;

/** Says what is wrong with a pattern, if anything is. */
export function checkPattern(pattern: unknown): string | undefined {
  if (typeof pattern === 'string') {
    if (pattern.trim() === '') return 'an event name must not be empty';
    if (pattern.length > MAX_PATTERN_LENGTH) {
      return `an event name must not be longer than ${MAX_PATTERN_LENGTH} characters`;
    }
    return undefined;
  }
  if (typeof pattern === 'function' && typeof pattern.prototype === 'object') return undefined;
  return pattern === undefined
    ? 'the event is undefined; where two files import each other, one sees the other too early: ' +
        'move the event to a file of its own, or name it by a string'
    : 'an event must be a class, a name, or a list of them';
}

export function matchesPattern(pattern: EventPattern, eventClass: Function, name: string): boolean {
  if (typeof pattern === 'string') return pattern === name || matchesName(pattern, name);
  return eventClass === pattern || eventClass.prototype instanceof pattern;
}

/**
 * Goes back to the last `**` only, so that its time grows with the product of the two lengths; a
 * regular expression made of the pattern could take for ever.
 */
function matchesName(pattern: string, name: string): boolean {
  const wanted = pattern.split('.');
  const segments = name.split('.');
  let at = 0;
  let resumeAt = -1;
  let resumeFrom = 0;
  let from = 0;
  while (from < segments.length) {
    if (at < wanted.length && wanted[at] === '**') {
      resumeAt = at++;
      resumeFrom = from;
    } else if (at < wanted.length && (wanted[at] === '*' || wanted[at] === segments[from])) {
      at++;
      from++;
    } else if (resumeAt >= 0) {
      at = resumeAt + 1;
      from = ++resumeFrom;
    } else {
      return false;
    }
  }
  while (wanted[at] === '**') at++;
  return at === wanted.length;
}

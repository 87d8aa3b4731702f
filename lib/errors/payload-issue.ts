/** One thing that is wrong with a payload. */
export interface PayloadIssue {
  /** Where, for example `payload.items[3].note`. */
  readonly path: string;
  /** What is wrong there, and what to do about it. Without the value itself. */
  readonly reason: string;
}

const MAX_LISTED = 20;

/** The issues as the end of a message; a long list is cut short, the error itself has all of it. */
export function listIssues(issues: readonly PayloadIssue[]): string {
  const lines = issues.slice(0, MAX_LISTED).map(({ path, reason }) => `${path}: ${reason}`);
  if (issues.length > MAX_LISTED) lines.push(`and ${issues.length - MAX_LISTED} more`);
  return lines.length === 1 ? lines[0]! : lines.map((line) => `\n  - ${line}`).join('');
}

/** How a message names an event whose name may not be known. */
export function nameEvent(eventName: string | undefined): string {
  return eventName === undefined ? 'an event' : `event '${eventName}'`;
}

/** What a server answers that has done nothing of what it was asked. */
const WITHOUT_EFFECT =
  /^(?:OOM|READONLY|LOADING|NOAUTH|WRONGPASS|NOPERM|MASTERDOWN|CLUSTERDOWN|MISCONF|NOREPLICAS|BUSY|TRYAGAIN|MOVED|ASK|NOQUEUE|NOSCRIPT|CROSSSLOT)\b/;

/** What to do about what a server answers. */
const REMEDIES: readonly (readonly [says: RegExp, remedy: string])[] = [
  [
    /^OOM\b/,
    'Redis has no memory left: raise maxmemory, or keep what is done for a shorter time (keepCompleted)',
  ],
  [/^READONLY\b/, 'it is a replica: connect to the master, by Sentinel or as a cluster'],
  [/^NOAUTH\b|^WRONGPASS\b/, 'check the user and the password of the connection'],
  [/^NOPERM\b/, 'its user needs the commands of BullMQ, EVALSHA, SCRIPT, PUBLISH and SUBSCRIBE among them'],
  [/^MISCONF\b/, 'Redis cannot write to its disk'],
  [/^CROSSSLOT\b/, "put the option 'prefix' in braces"],
];

export function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Whether it is certain that what was asked has not been done. */
export function isWithoutEffect(error: unknown): boolean {
  return isReplyError(error) && WITHOUT_EFFECT.test(error.message);
}

export function findRemedy(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return REMEDIES.find(([says]) => says.test(error.message))?.[1];
}

/** Whether the server could not be asked, or its answer did not arrive. */
export function isConnectionError(error: unknown): boolean {
  return error instanceof Error && !isReplyError(error);
}

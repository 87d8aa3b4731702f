import { describeThrown } from '../../errors/index.js';

/** A command that could not be sent: it is certain that it has had no effect. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
}

/** A command was sent, and the connection went away before its answer came: it may have been done. */
export class AnswerLostError extends Error {
  override readonly name = 'AnswerLostError';
}

/** What a server answers that has done nothing of what it was asked. */
const WITHOUT_EFFECT =
  /^(?:OOM|READONLY|LOADING|NOAUTH|WRONGPASS|NOPERM|MASTERDOWN|CLUSTERDOWN|MISCONF|NOREPLICAS|BUSY|TRYAGAIN|MOVED|ASK|NOQUEUE|NOSCRIPT|CROSSSLOT)\b/;

/** What Redis before 7 puts before what a script met with. */
const IN_SCRIPT = /^ERR Error running script \(.*?\): (?:@user_script: ?\d+: )*-?/;

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
  [/^CROSSSLOT\b|non local key/, "put the option 'prefix' in braces"],
  [/^MOVED\b|^ASK\b/, 'it is one node of a cluster: give the connection as { nodes: [{ host, port }] }'],
  [/^CLUSTERDOWN\b/, 'a part of the cluster has no master; see CLUSTER INFO and CLUSTER SLOTS'],
  [/cluster support disabled/, 'it is a single server: give the connection as a URL, or as { host, port }'],
];

/** Of the server, and not of the connection to it. */
function isReply(error: Error): boolean {
  return error.name === 'ReplyError';
}

/** Whether it is certain that what was asked has not been done. */
export function isWithoutEffect(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error instanceof NotSentError || (isReply(error) && WITHOUT_EFFECT.test(toReply(error)));
}

/** Whether the queue that was asked is not there. */
export function isNoQueue(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOQUEUE');
}

export function findRemedy(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return REMEDIES.find(([says]) => says.test(toReply(error)))?.[1];
}

function toReply({ message }: Error): string {
  return message.replace(IN_SCRIPT, '');
}

/** What became of a command, by what `ioredis` rejects it with. */
export function toCommandError(error: unknown): unknown {
  if (!(error instanceof Error) || isReply(error)) return error;
  if (error.message.includes('enableOfflineQueue')) {
    return new NotSentError('there is no connection', { cause: error });
  }
  const reason =
    error.name === 'MaxRetriesPerRequestError' ? 'the connection was closed' : describeThrown(error);
  return new AnswerLostError(reason, { cause: error });
}

/** Why there is no connection: what `ioredis` says of a cluster does not tell. */
export function toReason(error: Error): Error {
  const { lastNodeError } = error as { lastNodeError?: unknown };
  if (!(lastNodeError instanceof Error)) return error;
  if (isReply(lastNodeError)) return lastNodeError;
  return new Error(`none of its nodes answers (${describeThrown(lastNodeError)})`, { cause: error });
}

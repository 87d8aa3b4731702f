import { StoreError } from '../errors/index.js';
import type { ClaimedJob } from '../queue/consumer/claimed-job.js';
import {
  isStoredError,
  type StoredData,
  type StoredDelivery,
  type StoredError,
} from '../queue/stored-delivery.js';
import type { DeadLetter } from '../queue/worker-creator.js';
import { isRecord } from '../utils/is-record.js';
import type { Writable } from '../utils/writable.js';
import { NORMAL_PRIORITY, STORE_ARGUMENTS } from './scripts/index.js';

/** A job of BullMQ as this process has been given it. */
export interface BullMqJob extends ClaimedJob {
  /** What says that it is ours. */
  readonly token: string;
  readonly data: StoredData;
  readonly timeoutMs: number | undefined;
}

/** Where the deliveries begin among what a script is called with: behind its keys, and what it is told of the queue. */
const FIRST_DELIVERY = 2 + STORE_ARGUMENTS.queue;

/** NUL, and half surrogate pairs, as JSON has them: other engines do not store them, so this one does not either. */
const NO_TEXT = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

const refusals = new WeakSet<object>();

export function isRefusal(error: unknown): boolean {
  return typeof error === 'object' && error !== null && refusals.has(error);
}

/** What a job is called where jobs are looked at. */
export function toJobName({ event, listener }: Pick<StoredData, 'event' | 'listener'>): string {
  return listener === undefined ? event : `${event} for ${listener}`;
}

/**
 * Adds what the script that stores takes for a delivery.
 *
 * @param isPlain whether one without options of its own has none at all
 * @returns whether it has none
 */
export function pushArguments(
  args: string[],
  store: string,
  { id, data, options }: StoredDelivery,
  isPlain: boolean,
): boolean {
  const { payload, ...rest } = data;
  const json = JSON.stringify(payload) ?? '';
  const delivery = JSON.stringify(rest);
  if (isNoText(json) || isNoText(delivery)) throw toRefusal(store);
  const own = toOptions(options);
  const isWithout = isPlain && own === '{}';
  args.push(id, toJobName(data), json, delivery, isWithout ? '' : own);
  return isWithout;
}

function isNoText(json: string): boolean {
  // Nearly all text has nothing that is written like that.
  return json.includes('\\u') && NO_TEXT.test(json);
}

function toRefusal(store: string): StoreError {
  const error = new StoreError(
    store,
    'not-stored',
    new Error('NUL and half surrogate pairs cannot be stored'),
  );
  refusals.add(error);
  return error;
}

function toOptions({
  delayMs,
  at,
  priority,
  retries,
  group,
  orderingKey,
  timeoutMs,
}: StoredDelivery['options']): string {
  return JSON.stringify({
    // BullMQ counts in whole milliseconds.
    d: delayMs === undefined ? undefined : Math.ceil(delayMs),
    t: at?.getTime(),
    p: toBullPriority(priority),
    a: retries === undefined ? undefined : retries + 1,
    g: group,
    k: orderingKey,
    o: timeoutMs,
  });
}

/** BullMQ counts from the other end, and not as far: what is beyond is all the same to it. */
function toBullPriority(priority: number | undefined): number | undefined {
  if (priority === undefined || priority === 0) return undefined;
  return NORMAL_PRIORITY - Math.max(Math.min(priority, NORMAL_PRIORITY - 1), 1 - NORMAL_PRIORITY);
}

/** What the script that takes deliveries gives for each. */
export type ClaimReply = readonly [
  id: string,
  name: string,
  payload: string,
  delivery: string,
  options: string,
  attemptsMade: string,
  priority: string,
  timeout: string,
  lost: string,
];

export function toJob(reply: ClaimReply, token: string): BullMqJob {
  const [id, name, payload, delivery, options, attemptsMade, priority, timeout, lost] = reply;
  const attempt = Number(attemptsMade) + 1;
  const { attempts } = (parse(options) ?? {}) as { attempts?: number };
  return {
    id,
    token,
    attempt,
    // A dashboard may have had it tried once more.
    maxAttempts: Math.max(typeof attempts === 'number' ? attempts : 1, attempt),
    priority: priority === '0' ? 0 : NORMAL_PRIORITY - Number(priority),
    wasLost: lost !== '',
    data: toData(name, payload, delivery),
    timeoutMs: timeout === '' ? undefined : Number(timeout),
  };
}

/**
 * What was taken of what was stored.
 *
 * @param args what it was stored with, as {@link pushArguments} has put it there, and what is the same for all before it
 */
export function toTakenJobs(
  args: readonly string[],
  ids: ReadonlySet<string>,
  maxAttempts: number,
  token: string,
): BullMqJob[] {
  const jobs: BullMqJob[] = [];
  for (let i = FIRST_DELIVERY; i < args.length; i += STORE_ARGUMENTS.delivery) {
    const [id, name, payload, delivery] = args.slice(i, i + 4) as [string, string, string, string];
    if (!ids.has(id)) continue;
    const data = toData(name, payload, delivery);
    const timeoutMs = undefined;
    jobs.push({ id, token, attempt: 1, maxAttempts, priority: 0, wasLost: false, data, timeoutMs });
  }
  return jobs;
}

/** What was stored; of what other hands have put there, what there is. */
export function toData(name: string, payload: string, delivery: string): StoredData {
  const rest = parse(delivery) as StoredData | undefined;
  // Whoever reads it refuses it.
  if (rest !== undefined && !isRecord(rest)) return rest;
  const data = { ...(rest ?? { event: name }) } as Writable<StoredData>;
  if (payload !== '') data.payload = parse(payload) ?? (payload === 'null' ? null : payload);
  return data;
}

/** What the script that reads dead letters gives for each. */
export type DeadReply = readonly [
  name: string,
  payload: string,
  delivery: string,
  error: string,
  reason: string,
  attemptsMade: string,
  finishedOn: string,
  sequence: string,
  id: string,
];

export function toDeadLetter(queue: string, reply: DeadReply): DeadLetter {
  const [name, payload, delivery, error, reason, attemptsMade, finishedOn, , id] = reply;
  return {
    id: `${queue}:${id}`,
    queue,
    data: toData(name, payload, delivery),
    error: toError(error, reason),
    attempts: Number(attemptsMade),
    failedAt: new Date(Number(finishedOn)),
  };
}

/** A worker of BullMQ's own leaves no more than the reason. */
function toError(error: string, reason: string): StoredError {
  const stored = parse(error);
  if (isStoredError(stored)) return stored;
  const message = parse(reason);
  return { name: 'Error', message: typeof message === 'string' ? message : reason };
}

function parse(json: string): unknown {
  try {
    return json === '' ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}

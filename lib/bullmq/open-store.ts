import { describeThrown, StoreUnavailableError } from '../errors/index.js';
import type { OpenOptions } from '../queue/worker-creator.js';
import { repeat } from '../utils/repeat.js';
import { waitAtMost } from '../utils/wait-at-most.js';
import type { ResolvedBullMqOptions } from './bullmq-options.js';
import { BullMqOperations } from './bullmq.operations.js';
import { BullMqQueues } from './bullmq.queues.js';
import { BullMqStorage } from './bullmq.storage.js';
import type { Worker } from './create-worker.js';
import { ForgottenQueues } from './forgotten-queues.js';
import { PausedQueues } from './paused-queues.js';
import { checkServer, readFacts } from './redis/check-server.js';
import { createClient } from './redis/create-client.js';
import { findRemedy } from './redis/redis-errors.js';
import { RedisLink } from './redis/redis-link.js';
import { Subscriber } from './redis/subscriber.js';
import { checkBullMq } from './scripts/index.js';

/** A store in Redis, and what can be done with its queues. */
export interface OpenStore {
  readonly queues: BullMqQueues;
  readonly storage: BullMqStorage;
  readonly operations: BullMqOperations;
  readonly paused: PausedQueues;
  readonly forgotten: ForgottenQueues;
  /** Has a worker woken when there is work in its queue, and its queue looked after. */
  readonly register: (queue: string, worker: Worker, recover: () => Promise<void>) => void;
  readonly onError: (error: unknown) => void;
  readonly close: (deadlineMs: number) => Promise<void>;
}

const PAUSED_REFRESH_MS = 1000;

/** What looks through many deliveries, or moves them, may take so many times as long as other calls. */
const TIMES_FOR_MANY = 6;

export async function openStore(
  options: ResolvedBullMqOptions,
  storeName: string,
  openOptions: OpenOptions,
): Promise<OpenStore> {
  checkBullMq(storeName);
  const { connection, timeoutMs, recoveryIntervalSeconds } = options;
  const { onError, onWarning, isWorker, isStoreWorked = isWorker } = openOptions;
  const redis = new RedisLink(createClient(connection, timeoutMs), storeName, timeoutMs, onError);
  await connect(redis, openOptions);
  const queues = new BullMqQueues(redis, options, (queue) => onWarning(toLoss(queue)));
  const forgotten = new ForgottenQueues(queues, timeoutMs, onWarning);
  const workers = new Map<string, Worker>();
  const wakeAll = (): void => {
    for (const { consumer } of workers.values()) consumer.wake();
  };
  const paused = new PausedQueues(queues, wakeAll);
  const ends = isStoreWorked
    ? [repeat(PAUSED_REFRESH_MS, () => paused.refresh([...workers.keys()]), onError)]
    : [];
  const subscriber = isStoreWorked
    ? new Subscriber({
        client: redis.client,
        channel: queues.channel,
        timeoutMs,
        onMessage: (queue) => workers.get(queue)?.consumer.wake(),
        onReconnect: wakeAll,
        onError,
      })
    : undefined;
  return {
    queues,
    storage: new BullMqStorage({
      storeName,
      jobOptions: toJobOptions(options),
      isPlain: !options.bullmq.defaultJobOptions?.lifo,
      getWorker: (queue) => workers.get(queue),
    }),
    operations: new BullMqOperations(queues, forgotten, timeoutMs * TIMES_FOR_MANY),
    paused,
    forgotten,
    onError,
    register: (queue, worker, recover) => {
      workers.set(queue, worker);
      ends.push(repeat(recoveryIntervalSeconds * 1000, recover, onError));
    },
    close: async (deadlineMs) => {
      for (const end of ends) end();
      for (const { consumer } of workers.values()) consumer.abandon();
      subscriber?.close();
      // Those that BullMQ has given out wait for an answer, whether there will be one or not.
      await waitAtMost(deadlineMs, queues.close());
      await redis.close(deadlineMs);
    },
  };
}

function toLoss(queue: string): string {
  return (
    `queue '${queue}' was gone, with all that was in it: Redis was emptied, or has started without what it had. It has ` +
    `been created anew.`
  );
}

/** How long the closing may take of what did not open. */
const CLOSE_MS = 1000;

async function connect(redis: RedisLink, { strict, onWarning, queues }: OpenOptions): Promise<void> {
  try {
    await redis.connect();
    const facts = readFacts(await redis.do((client) => client.info()));
    // Whoever only looks may look there, too.
    if (queues.length > 0 && facts.get('role') === 'slave') throw new Error('READONLY it is a replica');
    const warnings = checkServer(facts);
    if (strict && warnings.length > 0) {
      throw new StoreUnavailableError(redis.storeName, `${warnings.join(' ')} (strict: true)`);
    }
    for (const warning of warnings) onWarning(warning);
  } catch (error) {
    await redis.close(CLOSE_MS);
    throw toUnavailable(redis.storeName, error);
  }
}

/** Why a store could not be opened, and what to do about it. */
export function toUnavailable(storeName: string, error: unknown): StoreUnavailableError {
  if (error instanceof StoreUnavailableError) return error;
  const remedy =
    findRemedy(error) ?? findRemedy((error as Error).cause) ?? 'is Redis running, and is this its address?';
  return new StoreUnavailableError(storeName, `${describeThrown(error)} (${remedy})`, error);
}

/** BullMQ's options of all jobs, by the names that it stores them under. */
function toJobOptions({ bullmq: { defaultJobOptions = {} } }: ResolvedBullMqOptions): string {
  const { keepLogs, ...others } = defaultJobOptions;
  return JSON.stringify(keepLogs === undefined ? others : { ...others, kl: keepLogs });
}

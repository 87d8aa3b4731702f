import type { Clock } from '../driver/clock.js';
import type { DriverHost } from '../driver/driver.interface.js';
import {
  describeThrown,
  EventsError,
  type EventsErrorCode,
  InvalidOptionsError,
  StoreUnavailableError,
} from '../errors/index.js';
import { checkNode } from './check-node.js';
import { isStoreWorked } from './share-engine.js';
import type { QueueDefinition, WorkerCreator } from './worker-creator.js';
import { LineLogger } from '../utils/line-logger.js';

/** What several drivers that share one store ask of it. */
interface Request {
  readonly queues: readonly QueueDefinition[];
  /** Whether this process works any of the queues, and so keeps them in step with their definitions. */
  readonly isWorker: boolean;
  readonly clock: Clock;
}

const logger = new LineLogger('QueueDriver');

/** How many errors of the background are logged at most in {@link LOG_WINDOW_MS}: an outage makes many. */
const LOG_WINDOW_MS = 10_000;

/** A store that several drivers use. */
interface SharedStore {
  users: number;
  last: Promise<void>;
}

/** The application that has an engine open: an instance may be in the configurations of several. */
const owners = new WeakMap<WorkerCreator, DriverHost>();

/**
 * Opens the store of a driver. Drivers that share it open it one after another, and each adds its queues.
 *
 * @throws {@link StoreUnavailableError}, or what says by itself why the store cannot be opened
 */
export async function openEngine(host: DriverHost, engine: WorkerCreator, request: Request): Promise<void> {
  const store = getStore(host, engine);
  const name = engine.getStoreName();
  if ((owners.get(engine) ?? host) !== host) {
    throw new InvalidOptionsError('workerCreator', [
      `this instance of ${engine.constructor.name} is in use by another application of this process (${name}); give ` +
        `each its own, as by a class: workerCreator: PgBossWorkerCreator.forRoot({ ... })`,
    ]);
  }
  const tooOld = checkNode();
  if (tooOld !== undefined) {
    if (host.strict) throw new StoreUnavailableError(name, `${tooOld} (strict: true)`);
    host.share('warned of Node', () => logger.warn(tooOld));
  }
  const report = host.share(`errors of ${name}`, () => createErrorReport(name));
  store.last = store.last
    .catch(() => undefined)
    .then(() =>
      engine.open({
        ...request,
        isStoreWorked: isStoreWorked(host, engine),
        strict: host.strict,
        mustExist: !host.mayCreateStores,
        onError: report,
        onWarning: (message) => logger.warn(`${name}: ${message}`),
      }),
    );
  store.users++;
  owners.set(engine, host);
  try {
    await store.last;
  } catch (error) {
    // It may be open all the same, and fail over a queue.
    await closeEngine(host, engine);
    throw isExplained(error) ? error : new StoreUnavailableError(name, describeThrown(error), error);
  }
}

/** Errors that name the store, and say what to do, by themselves. */
const EXPLAINED: ReadonlySet<EventsErrorCode> = new Set([
  'EVENTS_EMBEDDED_IN_USE',
  'EVENTS_INVALID_OPTIONS',
  'EVENTS_STORE_UNAVAILABLE',
]);

function isExplained(error: unknown): boolean {
  return EventsError.isInstance(error) && EXPLAINED.has(error.code);
}

/** Closes the store once the last driver that opened it has done so. */
export async function closeEngine(host: DriverHost, engine: WorkerCreator): Promise<void> {
  if (--getStore(host, engine).users > 0) return;
  await engine.close();
  owners.delete(engine);
}

function getStore(host: DriverHost, engine: WorkerCreator): SharedStore {
  return host.share<SharedStore>(engine, () => ({ users: 0, last: Promise.resolve() }));
}

/** Logs an error unless it has been logged just now. */
function createErrorReport(store: string): (error: unknown) => void {
  const logged = new Map<string, number>();
  return (error) => {
    const message = describeThrown(error);
    const now = Date.now();
    if (now - (logged.get(message) ?? -Infinity) < LOG_WINDOW_MS) return;
    if (logged.size >= 100) logged.clear();
    logged.set(message, now);
    logger.error(`${store}: ${message}`);
  };
}

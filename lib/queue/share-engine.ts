import type { DriverHost } from '../driver/driver.interface.js';
import { InvalidEventConfigError } from '../errors/index.js';
import type { WorkerCreator } from './worker-creator.js';

/** A driver, the engine that it is configured with, and its queues by their names in the store. */
interface EngineUser {
  readonly driver: string;
  readonly engine: WorkerCreator;
  readonly queues: readonly string[];
}

/** An engine that the drivers of an application share, with those that it was told of first. */
interface SharedEngine {
  readonly first: EngineUser;
  /** The driver of each queue. */
  readonly owners: Map<string, string>;
}

/**
 * The engine that all drivers of an application have for one store.
 *
 * @throws {@link InvalidEventConfigError} if one of them wants it otherwise, or has a queue of another's name
 */
export function shareEngine(host: DriverHost, user: EngineUser): WorkerCreator {
  const store = user.engine.getStoreName();
  const { first, owners } = host.share<SharedEngine>(`engine of ${store}`, () => ({
    first: user,
    owners: new Map(),
  }));
  const problems = [...findDifference(first, user), ...claim(owners, user)];
  if (problems.length > 0)
    throw new InvalidEventConfigError(problems.map((problem) => `${problem} (${store})`));
  return first.engine;
}

/** Says, before any driver opens the store, that this process works a queue in it. */
export function announceWork(host: DriverHost, engine: WorkerCreator): void {
  getAnnouncement(host, engine).isMade = true;
}

/** Whether this process works any queue in the store, be it of another driver. */
export function isStoreWorked(host: DriverHost, engine: WorkerCreator): boolean {
  return getAnnouncement(host, engine).isMade;
}

function getAnnouncement(host: DriverHost, engine: WorkerCreator): { isMade: boolean } {
  return host.share(`work on ${engine.getStoreName()}`, () => ({ isMade: false }));
}

function findDifference(first: EngineUser, { driver, engine }: EngineUser): string[] {
  const difference = engine === first.engine ? undefined : first.engine.findDifference(engine);
  return difference === undefined
    ? []
    : [
        `drivers '${first.driver}' and '${driver}' use one store and want it otherwise: ${difference}. Give both the ` +
          `same workerCreator, or each a store of its own`,
      ];
}

function claim(owners: Map<string, string>, { driver, queues }: EngineUser): string[] {
  return queues.flatMap((queue) => {
    const owner = owners.get(queue) ?? driver;
    owners.set(queue, owner);
    return owner === driver
      ? []
      : [
          `drivers '${owner}' and '${driver}' would share the queue '${queue}' in the store; rename one of them`,
        ];
  });
}

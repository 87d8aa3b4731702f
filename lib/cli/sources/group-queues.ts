import { fromDeadLetterQueue, toDeadLetterQueue } from '../../queue/queue-names.js';

/** The queues of one driver in a store. */
export interface DriverQueues {
  readonly driver: string;
  readonly deadLetterQueue: string;
  readonly queues: readonly string[];
}

/**
 * Tells from the names of queues which are of which driver: each has one for what it gave up, `<driver>/dead`, and
 * the others are `<driver>` and `<driver>.<queue>`. What is of no driver belongs to someone else.
 */
export function groupQueues(names: readonly string[]): readonly DriverQueues[] {
  const drivers = names
    .map(fromDeadLetterQueue)
    .filter((driver) => driver !== undefined)
    .toSorted();
  const queues = names.filter((name) => fromDeadLetterQueue(name) === undefined).toSorted();
  const owners = Map.groupBy(queues, (name) => findOwner(name, drivers));
  return drivers.map((driver) => ({
    driver,
    deadLetterQueue: toDeadLetterQueue(driver),
    queues: owners.get(driver) ?? [],
  }));
}

/** A driver's name may have dots in it: the longest that fits is the one. */
function findOwner(queue: string, drivers: readonly string[]): string | undefined {
  return drivers
    .filter((driver) => queue === driver || queue.startsWith(`${driver}.`))
    .toSorted((a, b) => b.length - a.length)
    .at(0);
}

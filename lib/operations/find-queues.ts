import type { FailedFilter } from '../driver/driver-operations.js';
import { InvalidOptionsError } from '../errors/index.js';
import { toStoreName } from '../queue/queue-names.js';
import type { NamedOperations } from './queue-controls.js';

/** What is meant of what one driver gave up. */
export interface Target extends NamedOperations {
  readonly filter: FailedFilter;
}

/** A queue of a driver, by its name in the store. */
interface FoundQueue extends NamedOperations {
  readonly queue: string;
}

/**
 * The queues of that name: the one that has it in the store; failing that, those that the application calls by it.
 */
export function findQueues(all: readonly NamedOperations[], name: string): readonly FoundQueue[] {
  const exact = all.filter((one) => getNames(one).includes(name)).map((one) => ({ ...one, queue: name }));
  return exact.length > 0
    ? exact
    : all
        .map((one) => ({ ...one, queue: toStoreName(one.driver, name) }))
        .filter(({ operations, queue }) => operations.queues.includes(queue));
}

/**
 * Finds where to look for what a filter means.
 *
 * @throws {@link InvalidOptionsError} if it names a queue that there is none of
 */
export async function findTargets(
  all: readonly NamedOperations[],
  filter: FailedFilter,
): Promise<readonly Target[]> {
  const { queue: name } = filter;
  if (name === undefined) return all.map((one) => ({ ...one, filter }));
  const found = findQueues(all, name);
  if (found.length > 0) return found.map(({ queue, ...one }) => ({ ...one, filter: { ...filter, queue } }));
  const left = await Promise.all(
    all.map(async (one) => ((await hasLetters(one, name)) ? [{ ...one, filter }] : [])),
  );
  if (left.flat().length > 0) return left.flat();
  throw unknownQueue(all, name);
}

export function unknownQueue(all: readonly NamedOperations[], name: string): InvalidOptionsError {
  const known = all.flatMap(getNames).map((queue) => `'${queue}'`);
  return new InvalidOptionsError('EventQueues', [
    `there is no queue '${name}'; there are ${known.join(', ') || 'none'}`,
  ]);
}

/** A queue that a release before this one had may have left something behind. */
async function hasLetters({ operations }: NamedOperations, queue: string): Promise<boolean> {
  return (await operations.listFailed({ queue }, 1)).length > 0;
}

/** What comes from no queue is counted under the name of its driver. */
function getNames({ driver, operations }: NamedOperations): readonly string[] {
  return operations.queues.length > 0 ? operations.queues : [driver];
}

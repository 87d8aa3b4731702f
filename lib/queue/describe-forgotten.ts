import { fromDeadLetterQueue } from './queue-names.js';

/** What there is of a queue that was made for a driver which does not name it any more. */
const WHAT = {
  deliveries: (count: number) => `has ${count} deliveries in the store, and nobody works it`,
  deadLetters: (count: number) =>
    `has had ${count} of the dead letters, which are left: nobody would run them`,
} as const;

/** Says what is left in such a queue, and what to do about it. */
export function describeForgotten(
  queue: string,
  deadLetterQueue: string,
  what: keyof typeof WHAT,
  count: number,
): string {
  const driver = fromDeadLetterQueue(deadLetterQueue) ?? deadLetterQueue;
  const own = queue.startsWith(`${driver}.`) ? queue.slice(driver.length + 1) : queue;
  return (
    `queue '${queue}' ${WHAT[what](count)}, since no event, listener or option of driver '${driver}' names it: ` +
    `add '${own}' to its option 'queues'`
  );
}

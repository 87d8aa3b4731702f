/** What names of queues and of their drivers may be made of, as every engine takes it. */
const NAME = /^[A-Za-z][\w.-]{0,99}$/;

/** What the name of a queue of dead letters ends with. */
export const DEAD_SUFFIX = '/dead';

/** Says what is wrong with the name of a queue, or of the driver that it belongs to. */
export function checkQueueName(name: string): string | undefined {
  return NAME.test(name)
    ? undefined
    : `'${name}' cannot name a queue: use a letter, then up to 99 letters, digits, '_', '-' and '.'`;
}

/** The name that a queue of a driver has in the store. */
export function toStoreName(driver: string, queue: string): string {
  return queue === 'default' ? driver : `${driver}.${queue}`;
}

/** The name of the queue that what a driver gives up goes to. */
export function toDeadLetterQueue(driver: string): string {
  return driver + DEAD_SUFFIX;
}

/** The driver whose dead letters a queue is for; `undefined` for any other queue. */
export function fromDeadLetterQueue(name: string): string | undefined {
  return name.endsWith(DEAD_SUFFIX) ? name.slice(0, -DEAD_SUFFIX.length) : undefined;
}

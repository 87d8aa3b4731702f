import { checkQueueName } from '../queue/queue-names.js';

/** The environment variable that says which queues a process works, whatever its configuration says. */
export const WORKERS_VARIABLE = 'EVENT_DRIVERS_WORKERS';

/**
 * Reads {@link WORKERS_VARIABLE}: `true`, `false`, or names of queues with commas between them.
 *
 * @param problems gets a sentence for what cannot be read
 * @returns `undefined` where it is not set, or empty
 */
export function readWorkersVariable(
  environment: Readonly<Record<string, string | undefined>>,
  problems: string[],
): boolean | readonly string[] | undefined {
  const value = environment[WORKERS_VARIABLE]?.trim() ?? '';
  if (value === '') return undefined;
  if (value === 'true' || value === 'false') return value === 'true';
  const names = value.split(',').map((name) => name.trim());
  const wrong = names.filter((name) => checkQueueName(name) !== undefined || isMeantAsFlag(name));
  if (wrong.length > 0) {
    problems.push(
      `the environment variable ${WORKERS_VARIABLE} must be true, false or names of queues with commas between ` +
        `them; ${wrong.map((name) => `'${name}'`).join(', ')} is none of these`,
    );
  }
  return names;
}

/** Taken for names, these would leave every queue to others without a word. */
function isMeantAsFlag(name: string): boolean {
  return /^(?:true|false|yes|no|on|off)$/i.test(name);
}

import { createRequire } from 'node:module';
import { StoreUnavailableError } from '../../errors/index.js';

/** A script of BullMQ: its source, and of how many keys it is called with. */
interface BullScript {
  readonly content: string;
  readonly keys: number;
}

/**
 * The keys that each script of BullMQ is called with, as parts of a key of the queue; `$` is that of the job, and `!`
 * that of the state that it ends in.
 */
const KEYS = {
  addStandardJob: 'wait paused meta id completed delayed active events marker',
  addDelayedJob: 'marker meta id delayed completed events',
  addPrioritizedJob: 'marker meta id prioritized delayed completed active events pc',
  addParentJob: 'meta id delayed waiting-children completed events',
  moveToActive: 'wait active prioritized events stalled limiter delayed paused meta pc marker',
  moveToFinished:
    'wait active prioritized events stalled limiter delayed paused meta pc ! $ metrics:! marker',
  moveToDelayed: 'marker active prioritized delayed $ events meta stalled wait limiter pc',
  retryJob: 'active wait paused $ meta events delayed prioritized pc marker stalled',
  moveJobFromActiveToWait: 'active wait stalled paused meta limiter prioritized marker events',
  pause: 'paused wait meta prioritized events delayed marker',
} as const;

/** The name of a script of BullMQ that is made use of. */
export type BullScriptName = keyof typeof KEYS;

/**
 * BullMQ's own scripts as functions, to be called several times in one script of ours, which is then one round trip
 * and all or nothing. What a job goes through is so decided by BullMQ alone, as by its own `Queue` and `Worker`.
 */
export function importBullScripts(names: readonly BullScriptName[]): string {
  return names.map((name) => toFunction(name, getBullScripts()[name])).join('\n');
}

/**
 * Checks that BullMQ is one whose scripts are known.
 *
 * @throws {@link StoreUnavailableError} which names the version
 */
export function checkBullMq(storeName: string): void {
  let reason: string;
  try {
    const scripts = getBullScripts();
    const unknown = (Object.keys(KEYS) as BullScriptName[]).filter(
      (name) => scripts[name]?.keys !== KEYS[name].split(' ').length,
    );
    if (unknown.length === 0) return;
    reason = `its scripts ${unknown.join(', ')} are not as they were in 6.7`;
  } catch (error) {
    reason = `its scripts cannot be read (${String(error)})`;
  }
  throw new StoreUnavailableError(
    storeName,
    `this version of BullMQ is not supported: ${reason}. Install one that is: npm install bullmq@~6.7.0`,
  );
}

let loaded: Readonly<Record<BullScriptName, BullScript>> | undefined;

/** BullMQ exports them to nobody, but its clients in other languages are built from the same files. */
function getBullScripts(): Readonly<Record<BullScriptName, BullScript>> {
  return (loaded ??= createRequire(import.meta.url)('bullmq/dist/cjs/scripts/index.js') as typeof loaded &
    object);
}

/** Its source takes what it is called with from two global tables, which parameters stand in for. */
function toFunction(name: BullScriptName, { content }: BullScript): string {
  const keys = KEYS[name].split(' ').map(toKey).join(', ');
  return `local ${name}
do
  local body = function(KEYS, ARGV)
${content}
  end
  ${name} = function(argv, job, state) return body({${keys}}, argv) end
end`;
}

function toKey(part: string): string {
  if (part === '$') return 'BASE .. job';
  return part.includes('!') ? `BASE .. '${part.replace('!', `' .. state .. '`)}'` : `BASE .. '${part}'`;
}

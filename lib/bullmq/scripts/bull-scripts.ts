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

/**
 * Its source takes what it is called with from two global tables, which parameters stand in for. What it defines before it
 * begins is defined once, however often it is called.
 */
function toFunction(name: BullScriptName, { content }: BullScript): string {
  const { definitions, body } = splitScript(content);
  const keys = KEYS[name].split(' ').map(toKey);
  const changing = keys.flatMap((key, index) => (isOfJob(key) ? [`keys[${index + 1}] = ${key}`] : []));
  // It may have a function of the same name.
  return `local ${name} = (function()
${definitions}
  local body = function(KEYS, ARGV)
${body}
  end
  local keys = {${keys.map((key) => (isOfJob(key) ? `''` : key)).join(', ')}}
  return function(argv, job, state)
    ${changing.join('; ')}
    return body(keys, argv)
  end
end)()`;
}

/** Functions at the left margin, which end there as well, and the name that they all know Redis by. */
const DEFINITION = /^local (?:function |\w+ = function)[^]*?^end$|^local rcall = redis\.call$/gm;

function splitScript(content: string): { readonly definitions: string; readonly body: string } {
  const source = content.replaceAll(/--\[\[[^]*?\]\]/g, '');
  const definitions = source.match(DEFINITION) ?? [];
  // What looks into the arguments by itself would find those of the script that it is made part of.
  if (definitions.some((definition) => /\b(?:KEYS|ARGV)\b/.test(definition))) {
    return { definitions: '', body: source };
  }
  return { definitions: definitions.join('\n'), body: source.replaceAll(DEFINITION, '') };
}

function isOfJob(key: string): boolean {
  return /\b(?:job|state)\b/.test(key);
}

function toKey(part: string): string {
  if (part === '$') return 'BASE .. job';
  return part.includes('!') ? `BASE .. '${part.replace('!', `' .. state .. '`)}'` : `BASE .. '${part}'`;
}

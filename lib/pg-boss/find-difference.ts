import { inspect } from 'node:util';
import type { ResolvedPgBossOptions } from './pg-boss-options.js';

/** What one store can be opened with in one way only, besides what its name says. */
const COMPARED = [
  'schema',
  'backend',
  'migrate',
  'prepare',
  'poolSize',
  'timeoutMs',
  'recoveryIntervalSeconds',
  'ambientTransactions',
] as const satisfies readonly (keyof ResolvedPgBossOptions)[];

/** What is different in the options of two that open the same store; `undefined` if nothing is. */
export function findDifference(one: ResolvedPgBossOptions, other: ResolvedPgBossOptions): string | undefined {
  const different = COMPARED.filter((name) => one[name] !== other[name]);
  return different.length === 0
    ? undefined
    : different.map((name) => `${name} ${inspect(one[name])} and ${inspect(other[name])}`).join(', ');
}

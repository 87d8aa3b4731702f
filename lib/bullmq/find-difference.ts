import { isDeepStrictEqual } from 'node:util';
import type { ResolvedBullMqOptions } from './bullmq-options.js';

const COMPARED = ['timeoutMs', 'recoveryIntervalSeconds', 'bullmq'] as const;

/** What two engines on one store do otherwise. How the connection is made may differ: it is made once. */
export function findDifference(one: ResolvedBullMqOptions, other: ResolvedBullMqOptions): string | undefined {
  const name = COMPARED.find((option) => !isDeepStrictEqual(one[option], other[option]));
  return name && `${name} is ${JSON.stringify(one[name])}, and ${JSON.stringify(other[name])}`;
}

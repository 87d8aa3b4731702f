import type { DeliveryRecord } from '../events/records.js';

/** What a test does to runs, and to which. */
export interface FaultRule {
  readonly kind: 'fail' | 'delay' | 'crash';
  readonly isMeant: (delivery: DeliveryRecord) => boolean;
  /** How many runs are left that it is for. */
  times: number;
  /** Makes what the run throws, for `'fail'`. */
  readonly toError?: (what: string) => unknown;
  /** For `'delay'`. */
  readonly delayMs?: number;
}

/** The rules of a kind that are for a run, each used up by it. */
export function takeAll(
  rules: readonly FaultRule[],
  kind: FaultRule['kind'],
  delivery: DeliveryRecord,
): FaultRule[] {
  const taken = rules.filter((rule) => rule.kind === kind && rule.times > 0 && rule.isMeant(delivery));
  for (const rule of taken) rule.times--;
  return taken;
}

/** The first rule of a kind that is for a run, used up by it. */
export function takeFirst(
  rules: readonly FaultRule[],
  kind: FaultRule['kind'],
  delivery: DeliveryRecord,
): FaultRule | undefined {
  const first = rules.find((rule) => rule.kind === kind && rule.times > 0 && rule.isMeant(delivery));
  if (first !== undefined) first.times--;
  return first;
}

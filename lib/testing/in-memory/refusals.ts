import { StoreError, UnsupportedOptionError } from '../../errors/index.js';
import type { StoredDelivery, StoreOptions } from '../../queue/stored-delivery.js';
import type { EngineCapabilities } from '../../queue/engine-capabilities.js';
import type { WorkOptions } from '../../queue/worker-creator.js';

/** NUL, and half surrogate pairs, as JSON has them: no other engine stores them. */
const NO_TEXT = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

/** Which capability an option needs. */
const NEEDED = {
  delayMs: 'delay',
  at: 'delay',
  priority: 'priority',
  group: 'groups',
  orderingKey: 'orderingKeys',
} as const satisfies Partial<Record<keyof StoreOptions, keyof EngineCapabilities>>;

/** Which capability an option of those who work a queue needs. */
const NEEDED_TO_WORK = {
  groupConcurrency: 'groups',
  rateLimit: 'rateLimits',
} as const satisfies Partial<Record<keyof WorkOptions, keyof EngineCapabilities>>;

const WORK_OPTIONS = Object.keys(NEEDED_TO_WORK) as (keyof typeof NEEDED_TO_WORK)[];

const OPTIONS = Object.keys(NEEDED) as (keyof typeof NEEDED)[];

const refusals = new WeakSet<object>();

/** Says that a delivery cannot be stored, now or later. */
export function toRefusal(store: string, cause: unknown): StoreError {
  const error = new StoreError(store, 'not-stored', cause);
  refusals.add(error);
  return error;
}

export function isRefusal(error: unknown): boolean {
  return typeof error === 'object' && error !== null && refusals.has(error);
}

/** @throws {@link StoreError} for what is no text */
export function checkText(store: string, { data, options }: StoredDelivery): void {
  if (!NO_TEXT.test(JSON.stringify([data, options]))) return;
  throw toRefusal(store, new Error('NUL and half surrogate pairs cannot be stored'));
}

/** @throws {@link StoreError} for an option that needs a capability that is not there */
export function checkCapabilities(
  store: string,
  deliveries: readonly StoredDelivery[],
  isAble: (capability: keyof EngineCapabilities) => boolean,
): void {
  for (const { options } of deliveries) {
    const option = OPTIONS.find((name) => options[name] !== undefined && !isAble(NEEDED[name]));
    if (option === undefined) continue;
    throw toRefusal(store, toUnsupported(store, option, NEEDED[option]));
  }
}

/** @throws {@link UnsupportedOptionError} for an option that needs a capability that is not there */
export function checkWorkOptions(
  store: string,
  options: WorkOptions,
  isAble: (capability: keyof EngineCapabilities) => boolean,
): void {
  const option = WORK_OPTIONS.find((name) => options[name] !== undefined && !isAble(NEEDED_TO_WORK[name]));
  if (option !== undefined) throw toUnsupported(store, option, NEEDED_TO_WORK[option]);
}

export function toUnsupported(
  store: string,
  option: string,
  capability: keyof EngineCapabilities,
): UnsupportedOptionError {
  return new UnsupportedOptionError(
    store,
    option,
    `the capability ${capability} of InMemoryWorkerCreator is switched off`,
  );
}

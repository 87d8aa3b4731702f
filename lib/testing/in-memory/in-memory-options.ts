import { InvalidOptionsError } from '../../errors/index.js';
import type { EngineCapabilities } from '../../queue/engine-capabilities.js';
import { checkOptions, flag, type OptionRule, wholeNumber } from '../../utils/option-rules.js';
import { InMemoryStore } from './in-memory.store.js';

/** Options of `InMemoryWorkerCreator`. */
export interface InMemoryOptions {
  /**
   * The store that it is to share with others.
   *
   * @defaultValue one of its own
   */
  readonly store?: InMemoryStore;

  /**
   * What it is to be unable to do, as the engine that it stands in for: that is refused where it is asked for.
   *
   * @defaultValue it can do everything
   */
  readonly capabilities?: Partial<EngineCapabilities>;

  /**
   * Whether time does not matter: what is delayed, or is to be tried again later, is due at once, in the order of its
   * due time, and nothing limits a rate. What is postponed 100 times in a row is given up.
   *
   * @defaultValue false
   */
  readonly isInstant?: boolean;
}

const ALL_CAPABILITIES: EngineCapabilities = {
  transactions: true,
  transactionalListeners: true,
  delay: true,
  priority: true,
  groups: true,
  rateLimits: true,
  orderingKeys: true,
  batchesAtOnce: 2,
  minShare: 20,
  multiProcess: true,
};

const CAPABILITY_RULES: Readonly<Record<keyof EngineCapabilities, OptionRule>> = {
  transactions: flag,
  transactionalListeners: flag,
  delay: flag,
  priority: flag,
  groups: flag,
  rateLimits: flag,
  orderingKeys: flag,
  batchesAtOnce: wholeNumber(0),
  minShare: wholeNumber(1),
  multiProcess: flag,
};

const RULES: Readonly<Record<keyof InMemoryOptions, OptionRule>> = {
  store: (value) => (value instanceof InMemoryStore ? undefined : 'an InMemoryStore'),
  capabilities: (value) =>
    checkOptions(value, CAPABILITY_RULES).length === 0 ? undefined : 'some of the capabilities of an engine',
  isInstant: flag,
};

/** @throws {@link InvalidOptionsError} */
export function resolveInMemoryOptions(options: InMemoryOptions): Required<InMemoryOptions> {
  const problems = checkOptions(options, RULES);
  if (problems.length > 0) throw new InvalidOptionsError('Options of InMemoryWorkerCreator', problems);
  return {
    store: options.store ?? new InMemoryStore(),
    capabilities: { ...ALL_CAPABILITIES, ...options.capabilities },
    isInstant: options.isInstant ?? false,
  };
}

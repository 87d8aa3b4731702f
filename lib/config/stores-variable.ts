/**
 * The environment variable that the command line tells an application by how to open its stores, as it is itself no
 * process that delivers: `existing` ones only, so that none is created or migrated, or `none` at all.
 */
export const STORES_VARIABLE = 'EVENT_DRIVERS_STORES';

/** Which stores drivers open. */
export type StoreAccess = 'all' | 'existing' | 'none';

export function readStoresVariable(environment: Readonly<Record<string, string | undefined>>): StoreAccess {
  const value = environment[STORES_VARIABLE];
  return value === 'existing' || value === 'none' ? value : 'all';
}

import { AsyncLocalStorage } from 'node:async_hooks';
import type { DeliveryTransaction } from './worker-creator.js';

interface CurrentTransaction {
  readonly store: string;
  readonly transaction: DeliveryTransaction;
}

/**
 * The transaction that a transactional listener runs in. What it dispatches to the same store joins it: the
 * events of a delivery that fails have not happened either, and an embedded database, which has one
 * connection only, would wait for itself.
 */
const storage = new AsyncLocalStorage<CurrentTransaction>();

export function runInTransaction<T>(store: string, transaction: DeliveryTransaction, work: () => T): T {
  return storage.run({ store, transaction }, work);
}

export function getCurrentTransaction(store: string): DeliveryTransaction | undefined {
  const current = storage.getStore();
  return current?.store === store ? current.transaction : undefined;
}

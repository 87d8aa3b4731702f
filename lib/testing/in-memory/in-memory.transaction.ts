import { UnsupportedOptionError } from '../../errors/index.js';
import type { StoredDelivery } from '../../queue/stored-delivery.js';
import type { DeliveryTransaction } from '../../queue/worker-creator.js';
import type { InMemoryStore } from './in-memory.store.js';

/** The statements that drivers on arrival make use of themselves. */
const SAVEPOINT = /^(SAVEPOINT|ROLLBACK TO SAVEPOINT|RELEASE SAVEPOINT) (\w+)$/;

interface Stored {
  readonly store: InMemoryStore;
  readonly queue: string;
  readonly deliveries: readonly StoredDelivery[];
}

/** Keeps what is stored in it until it is committed. */
export class InMemoryTransaction {
  private stored: Stored[] = [];
  private readonly savepoints = new Map<string, number>();

  insert(store: InMemoryStore, queue: string, deliveries: readonly StoredDelivery[]): void {
    store.check(queue, deliveries);
    this.stored.push({ store, queue, deliveries });
  }

  commit(): void {
    for (const { store, queue, deliveries } of this.stored.splice(0)) store.insert(queue, deliveries);
  }

  rollback(): void {
    this.stored = [];
  }

  /** As a listener has it: there is nothing in memory that it could write to. */
  toDeliveryTransaction(store: InMemoryStore): DeliveryTransaction {
    return {
      client: this,
      query: async (text) => {
        const [, statement, name] = SAVEPOINT.exec(text) ?? [];
        if (statement === undefined || name === undefined) throw toNoDatabase(store.name);
        this.setSavepoint(statement, name);
        return { rows: [] };
      },
    };
  }

  private setSavepoint(statement: string, name: string): void {
    if (statement === 'SAVEPOINT') this.savepoints.set(name, this.stored.length);
    else if (statement === 'ROLLBACK TO SAVEPOINT') this.stored.length = this.savepoints.get(name) ?? 0;
    else this.savepoints.delete(name);
  }
}

/** The transaction that deliveries are to be stored in, if it is one of memory: there is no way to follow another. */
export function findTransaction(transaction: unknown): InMemoryTransaction | undefined {
  if (transaction instanceof InMemoryTransaction) return transaction;
  const client = (transaction as Partial<DeliveryTransaction> | null | undefined)?.client;
  return client instanceof InMemoryTransaction ? client : undefined;
}

function toNoDatabase(store: string): UnsupportedOptionError {
  return new UnsupportedOptionError(
    store,
    'transaction.query()',
    `there is no database in memory. Test a listener that writes in its transaction on the embedded database: ` +
      `workerCreator: PgBossWorkerCreator.forRoot({ connection: { embedded: 'memory' } })`,
  );
}

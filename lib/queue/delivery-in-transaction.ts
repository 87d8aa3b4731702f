import type { ListenerDelivery } from '../dispatch/delivery.js';
import { DeliveryAbortedError } from '../errors/index.js';
import { EventView } from '../event/event-view.js';
import { runInTransaction } from './current-transaction.js';
import type { DeliveryTransaction } from './worker-creator.js';

const SAVEPOINT = 'event_drivers_attempt';

/**
 * A delivery to a listener that is given the transaction it runs in.
 *
 * A driver on arrival may run it several times in that one transaction. What a run that fails has written is undone,
 * and so is what one has that goes on though nobody waits for it any more.
 */
export class DeliveryInTransaction extends EventView {
  private runs = 0;
  private hasSavepoint = false;
  /** Whether a run may have written something since the savepoint. */
  private isDirty = false;

  constructor(
    private readonly delivery: ListenerDelivery,
    private readonly transaction: DeliveryTransaction,
    private readonly storeName: string,
    /** Whether a driver makes it, which may run it again. If not, a run that fails is undone with all the rest. */
    private readonly isRepeatable: boolean,
  ) {
    super(delivery);
  }

  async execute(signal?: AbortSignal): Promise<void> {
    if (!this.isRepeatable) return this.delivery.execute(signal, this.transaction);
    const run = ++this.runs;
    await this.begin();
    const transaction = this.handOut(run);
    try {
      await runInTransaction(this.storeName, transaction, () => this.delivery.execute(signal, transaction));
      if (run === this.runs) await this.keep();
    } catch (error) {
      // If even that fails, so does the transaction, and this says more about why.
      if (run === this.runs) await this.undo().catch(() => undefined);
      throw error;
    }
  }

  /** Undoes what was written by a run that has not ended. Called before the transaction is committed. */
  async end(): Promise<void> {
    this.runs++;
    await this.undo();
  }

  private async begin(): Promise<void> {
    await this.undo();
    if (!this.hasSavepoint) await this.transaction.query(`SAVEPOINT ${SAVEPOINT}`);
    this.hasSavepoint = true;
    this.isDirty = true;
  }

  private async keep(): Promise<void> {
    await this.transaction.query(`RELEASE SAVEPOINT ${SAVEPOINT}`);
    this.hasSavepoint = false;
    this.isDirty = false;
  }

  private async undo(): Promise<void> {
    if (!this.isDirty) return;
    await this.transaction.query(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
    this.isDirty = false;
  }

  /** The transaction as one run has it: closed to it once there is another. */
  private handOut(run: number): DeliveryTransaction {
    const { client } = this.transaction;
    return {
      client,
      query: async (text, values) => {
        if (run !== this.runs) {
          throw new DeliveryAbortedError(
            'lost',
            'This run of the listener was given up; another may have begun.',
          );
        }
        return this.transaction.query(text, values);
      },
    };
  }
}

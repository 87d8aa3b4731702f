import { findAmbientHost, getConnectionNames, loadAmbientTransactions } from './ambient-transaction.js';

/** @param joined those of which connection, as the option `ambientTransactions` says it */
export function createAmbientTransactions(joined: boolean | string): AmbientTransactions | undefined {
  return joined === false ? undefined : new AmbientTransactions(joined === true ? undefined : joined);
}

/** The transactions of one connection of `@nestjs-cls/transactional`, and one warning if it has no such connection. */
export class AmbientTransactions {
  private warn: ((message: string) => void) | undefined;

  /** @param connectionName `undefined` for the connection without a name */
  constructor(private readonly connectionName: string | undefined) {}

  async load(warn: (message: string) => void): Promise<void> {
    await loadAmbientTransactions();
    this.warn = warn;
  }

  /** The transaction that the caller runs in; `undefined` outside of one. */
  get(): unknown {
    const host = findAmbientHost(this.connectionName);
    if (host === undefined) {
      if (this.warn !== undefined) this.explainAbsence(this.warn, getConnectionNames());
      return undefined;
    }
    return host.isTransactionActive() ? host.tx : undefined;
  }

  /** Many applications have no plugin for transactions; one that has it, or names a connection, means to use it. */
  private explainAbsence(warn: (message: string) => void, known: readonly string[]): void {
    if (this.connectionName === undefined && known.length === 0) return;
    // Once is enough.
    this.warn = undefined;
    const wanted =
      this.connectionName === undefined
        ? 'no connection without a name'
        : `no connection '${this.connectionName}'`;
    const names = known.map((name) => (name === '' ? 'one without a name' : `'${name}'`)).join(', ');
    const [first] = known.filter((name) => name !== '');
    warn(
      `@nestjs-cls/transactional has ${wanted}${names === '' ? '' : `, but ${names}`}: what is dispatched inside a ` +
        `transaction is stored outside of it. Name the connection of the queue's database ` +
        `(ambientTransactions: '${first ?? '<connectionName>'}'), or say ambientTransactions: false`,
    );
  }
}

import { StoreTimeoutError } from '../../errors/index.js';
import { destroySocket } from './client-registry.js';
import type { Deadline } from './deadline.js';
import type { PostgresClient, Statement, StatementResult } from './postgres.types.js';

/** Whom a lease belongs to. */
export interface LeaseOwner {
  readonly name: string;
  onError(error: Error): void;
  /** No answer came in time. */
  onSilence(timeoutMs: number): void;
  /** It is over: given back as it was, or closed. */
  onEnd(lease: Lease): void;
}

/** A connection that one caller has for itself until it is released or destroyed, which counts once. */
export class Lease {
  private isOver = false;
  private lost: Error | undefined;
  private previous: Promise<unknown> = Promise.resolve();

  constructor(
    readonly client: PostgresClient,
    private readonly owner: LeaseOwner,
  ) {
    // The pool does not listen to a client that it has given away.
    client.on('error', this.onClientError);
  }

  /**
   * Runs a statement after those before it. Where no answer comes by the deadline, the connection is
   * destroyed: whatever still arrives on it would be taken for the answer to the next statement.
   */
  run(statement: Statement, deadline: Deadline): Promise<StatementResult> {
    const result = this.previous.then(() => this.send(statement, deadline));
    this.previous = result.catch(() => undefined);
    return result;
  }

  /** Resolves once nothing is being run. */
  whenIdle(): Promise<unknown> {
    return this.previous;
  }

  /** Gives the connection back. */
  release(): void {
    this.end(() => this.client.release());
  }

  /** Closes the connection. */
  destroy(error: Error): void {
    this.end(() => {
      this.lost ??= error;
      this.client.release(error);
      destroySocket(this.client);
    });
  }

  private async send(statement: Statement, deadline: Deadline): Promise<StatementResult> {
    if (this.isOver) throw this.lost ?? new Error('The transaction has ended already.');
    const answer = this.client.query(statement);
    const result = await deadline.wait(answer, () => {
      this.owner.onSilence(deadline.timeoutMs);
      const error = new StoreTimeoutError(this.owner.name, deadline.timeoutMs, true);
      this.destroy(error);
      return error;
    });
    return Array.isArray(result) ? { rows: result.flatMap(({ rows }) => rows) } : result;
  }

  private readonly onClientError = (error: Error): void => {
    this.owner.onError(error);
    this.destroy(error);
  };

  private end(giveBack: () => void): void {
    if (this.isOver) return;
    this.isOver = true;
    giveBack();
    // Only now does the pool listen again.
    this.client.removeListener('error', this.onClientError);
    this.owner.onEnd(this);
  }
}

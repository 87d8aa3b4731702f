import { StoreClosedError, StoreTimeoutError } from '../../errors/index.js';
import type { ClientRegistry } from './client-registry.js';
import { waitAtMost } from '../../utils/wait-at-most.js';
import { Deadline } from './deadline.js';
import { Lease, type LeaseOwner } from './lease.js';
import type { PostgresClient, PostgresPool } from './postgres.types.js';
import { WatchedSet } from './watched-set.js';

/** How long sockets have to be closed once they have been destroyed. */
const DESTROYED_MS = 1000;

/** What the connections of a database are made of. */
export interface ConnectionsSetup {
  readonly pool: PostgresPool;
  readonly registry: ClientRegistry;
  readonly name: string;
  /** How long to wait for a connection, in milliseconds. */
  readonly connectTimeoutMs: number;
  onError(error: Error): void;
  /** Ends the pool, if it is ours. */
  readonly end: (() => Promise<void>) | undefined;
}

/** A timer may fire a little early. */
const TIMER_SLACK_MS = 5;

/** The connections to a database: hands them out, takes them back and closes them. */
export class Connections implements LeaseOwner {
  private readonly leases = new WatchedSet<Lease>();
  private sessionStatements: readonly string[] = [];
  /** Which session statements a connection has run. */
  private readonly sessions = new WeakMap<PostgresClient, readonly string[]>();
  /** When a connection was given back, in milliseconds. */
  private readonly usedAt = new WeakMap<PostgresClient, number>();
  /** Connections that have not been used since may be dead. */
  private silentSince = -Infinity;
  private closing: Promise<void> | undefined;

  constructor(private readonly setup: ConnectionsSetup) {
    setup.pool.on('error', this.onPoolError);
  }

  get name(): string {
    return this.setup.name;
  }

  get isClosed(): boolean {
    return this.closing !== undefined;
  }

  /** Hands out a connection by the deadline, or rejects with what is known not to have happened. */
  async acquire(deadline: Deadline): Promise<Lease> {
    if (this.closing !== undefined) throw new StoreClosedError(this.name);
    let lease = await this.take(deadline);
    while (this.mayBeDead(lease)) {
      lease.destroy(new Error('Another connection did not answer any more'));
      lease = await this.take(deadline);
    }
    await this.setUpSession(lease, deadline);
    return lease;
  }

  /** Connections that are handed out from now on have run these statements. */
  setSessionStatements(statements: readonly string[]): void {
    if (this.leases.size > 0 && statements.length > 0) {
      throw new Error('Statements of a session cannot be set while connections are in use.');
    }
    this.sessionStatements = statements;
  }

  /** Waits for what is running, then closes what is ours; at the deadline it is destroyed. */
  close(deadlineMs: number): Promise<void> {
    return (this.closing ??= this.shutDown(deadlineMs));
  }

  onError(error: Error): void {
    this.setup.onError(error);
  }

  onSilence(timeoutMs: number): void {
    this.silentSince = performance.now() - timeoutMs + TIMER_SLACK_MS;
  }

  onEnd(lease: Lease): void {
    this.leases.delete(lease);
    this.usedAt.set(lease.client, performance.now());
  }

  private async take(deadline: Deadline): Promise<Lease> {
    const { connectTimeoutMs } = this.setup;
    const connecting = this.connect();
    const onTimeout = () => {
      connecting.then(
        (client) => client.release(),
        () => undefined,
      );
      return new StoreTimeoutError(this.name, Math.min(connectTimeoutMs, deadline.timeoutMs), false);
    };
    const lease = new Lease(await deadline.wait(connecting, onTimeout, connectTimeoutMs), this);
    this.leases.add(lease);
    return lease;
  }

  /**
   * What silences one connection silences all of them, and each would cost its user a deadline. One that
   * has been used since is alive, and those of another's pool are not ours to close.
   */
  private mayBeDead({ client }: Lease): boolean {
    return this.setup.end !== undefined && (this.usedAt.get(client) ?? Infinity) < this.silentSince;
  }

  private readonly onPoolError = (error: Error): void => this.setup.onError(error);

  /** A pool throws where it should reject, if it cannot read its configuration. */
  private async connect(): Promise<PostgresClient> {
    return this.setup.pool.connect();
  }

  private async setUpSession(lease: Lease, deadline: Deadline): Promise<void> {
    const statements = this.sessionStatements;
    if ((this.sessions.get(lease.client) ?? []) === statements || statements.length === 0) return;
    try {
      for (const text of statements) await lease.run({ text }, deadline);
    } catch (error) {
      lease.destroy(error as Error);
      throw error;
    }
    this.sessions.set(lease.client, statements);
  }

  private async shutDown(deadlineMs: number): Promise<void> {
    const { pool, registry, end } = this.setup;
    const ended = Promise.all([end?.(), this.leases.whenEmpty()]).then(() => registry.whenEmpty());
    if (!(await waitAtMost(deadlineMs, ended))) {
      for (const lease of this.leases.toArray()) lease.destroy(new StoreClosedError(this.name));
      registry.destroyAll();
      await waitAtMost(DESTROYED_MS, ended);
    }
    if (end === undefined) pool.removeListener('error', this.onPoolError);
  }
}

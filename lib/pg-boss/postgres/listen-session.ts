import type { Client } from 'pg';
import { StoreTimeoutError } from '../../errors/index.js';
import { destroySocket } from './client-registry.js';
import { growingPause } from '../../utils/growing-pause.js';
import { waitAtMost } from '../../utils/wait-at-most.js';
import { Deadline } from './deadline.js';

/** How long after a sign of life to ask for the next one. */
const HEARTBEAT_MS = 10_000;
const FIRST_RECONNECT_MS = 100;
const MAX_RECONNECT_MS = 30_000;
/** How long a goodbye may take. */
const GOODBYE_MS = 500;

/** How to subscribe to a channel. */
export interface ListenOptions {
  readonly channel: string;
  readonly name: string;
  readonly timeoutMs: number;
  /** @default 10000 */
  readonly heartbeatMs?: number | undefined;
  createClient(): Client;
  onNotification(payload: string): void;
  /** Called whenever it is subscribed: what was announced before has been missed. */
  onReconnect(): void;
  onError(error: unknown): void;
}

/**
 * Listens to a channel over a connection of its own. That the connection still is one, and that it is
 * still subscribed, is checked again and again; where it is not, another one takes its place.
 */
export class ListenSession {
  private client: Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private attempts = 0;
  private isClosed = false;

  constructor(private readonly options: ListenOptions) {}

  /** Rejects if the first connection cannot be made; there is nothing to close then. */
  async open(): Promise<void> {
    await this.connect();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    const { client } = this;
    this.client = undefined;
    if (client === undefined) return;
    await waitAtMost(GOODBYE_MS, client.end());
    destroySocket(client);
  }

  private async connect(): Promise<void> {
    const deadline = new Deadline(this.options.timeoutMs);
    const client = this.options.createClient();
    this.client = client;
    client.on('notification', ({ payload }) => {
      if (this.client === client && payload !== undefined) this.options.onNotification(payload);
    });
    try {
      await this.ask(client.connect(), deadline);
      await this.ask(client.query(`LISTEN "${this.options.channel.replaceAll('"', '""')}"`), deadline);
    } catch (error) {
      this.drop(client);
      throw error;
    }
    if (this.client !== client) return;
    let reason: unknown = new Error(`The connection to ${this.options.name} has ended.`);
    client.once('error', (error) => (reason = error));
    client.once('end', () => this.lose(client, reason));
    this.attempts = 0;
    this.scheduleHeartbeat(client);
    this.options.onReconnect();
  }

  private scheduleHeartbeat(client: Client): void {
    this.timer = setTimeout(() => {
      this.checkHeartbeat(client).catch((error: unknown) => this.lose(client, error));
    }, this.options.heartbeatMs ?? HEARTBEAT_MS);
  }

  /** In a transaction of its own: behind a pooler this is where the subscription turns out to be gone. */
  private async checkHeartbeat(client: Client): Promise<void> {
    const { channel, name, timeoutMs } = this.options;
    const { rows } = await this.ask(
      client.query<{ found: boolean }>('SELECT $1 = ANY (ARRAY(SELECT pg_listening_channels())) AS found', [
        channel,
      ]),
      new Deadline(timeoutMs),
    );
    if (rows[0]?.found !== true) throw new Error(`${name} has lost the subscription to a channel.`);
    if (this.client === client) this.scheduleHeartbeat(client);
  }

  private lose(client: Client, error: unknown): void {
    if (this.client !== client) return;
    this.drop(client);
    this.options.onError(error);
    this.scheduleReconnect();
  }

  private scheduleReconnect(): void {
    if (this.isClosed) return;
    this.timer = setTimeout(
      () => {
        this.connect().catch(() => this.scheduleReconnect());
      },
      growingPause(this.attempts++, FIRST_RECONNECT_MS, MAX_RECONNECT_MS),
    );
  }

  private drop(client: Client): void {
    clearTimeout(this.timer);
    if (this.client === client) this.client = undefined;
    client.end().catch(() => undefined);
    destroySocket(client);
  }

  private ask<T>(answer: Promise<T>, deadline: Deadline): Promise<T> {
    const { name } = this.options;
    return deadline.wait(answer, () => new StoreTimeoutError(name, deadline.timeoutMs, false));
  }
}

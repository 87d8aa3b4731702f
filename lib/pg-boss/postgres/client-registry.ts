import { Client } from 'pg';
import { readProperty } from '../../errors/thrown.js';
import type { ConnectionConfig } from './postgres.types.js';
import { WatchedSet } from './watched-set.js';

/**
 * Knows every connection that was opened here, from before it connects until its socket is closed: none
 * can emit an error that nobody hears, which would end the process, and none is left over.
 */
export class ClientRegistry {
  private readonly clients = new WatchedSet<Client>();

  /** The class of the clients that are known. */
  readonly Client: new (config?: ConnectionConfig) => Client;

  constructor() {
    const add = (client: Client) => {
      this.clients.add(client);
      // Whoever uses it is told as well.
      client.on('error', () => undefined);
      client.once('end', () => this.clients.delete(client));
    };
    this.Client = class extends Client {
      constructor(config?: ConnectionConfig) {
        super(config);
        add(this);
      }
    };
  }

  /** Resolves once all sockets are closed. */
  whenEmpty(): Promise<void> {
    return this.clients.whenEmpty();
  }

  destroyAll(): void {
    for (const client of this.clients.toArray()) destroySocket(client);
  }
}

/** Ends a connection at once: a server that does not answer does not say goodbye either. */
export function destroySocket(client: unknown): void {
  const stream = readProperty(readProperty(client, 'connection'), 'stream');
  const destroy = readProperty(stream, 'destroy');
  if (typeof destroy === 'function') Reflect.apply(destroy, stream, []);
}

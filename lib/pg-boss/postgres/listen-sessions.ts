import { StoreClosedError } from '../../errors/index.js';
import { ListenSession, type ListenOptions } from './listen-session.js';
import type { Subscription } from './postgres.types.js';
import { WatchedSet } from './watched-set.js';

/** What all subscriptions of a database have in common. */
export type CommonListenOptions = Omit<ListenOptions, 'channel' | 'onNotification' | 'onReconnect'>;

/** The subscriptions of a database, each with a connection of its own. */
export class ListenSessions {
  private readonly sessions = new WatchedSet<ListenSession>();
  private isClosed = false;

  constructor(private readonly common: CommonListenOptions) {}

  readonly listen = async (
    channel: string,
    onNotification: (payload: string) => void,
    onReconnect: () => void,
  ): Promise<Subscription> => {
    if (this.isClosed) throw new StoreClosedError(this.common.name);
    const session = new ListenSession({ ...this.common, channel, onNotification, onReconnect });
    this.sessions.add(session);
    const close = async () => {
      this.sessions.delete(session);
      await session.close();
    };
    try {
      await session.open();
    } catch (error) {
      await close();
      throw error;
    }
    return { close };
  };

  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all(this.sessions.toArray().map((session) => session.close()));
  }
}

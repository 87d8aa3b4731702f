import { toTimer } from '../../utils/to-timer.js';
import type { RedisClient } from './create-client.js';

/** Gives up a connection that was made and is not ready in time: `ioredis` would wait for it for ever. */
export function limitHandshake(client: RedisClient, timeoutMs: number): void {
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => clearTimeout(timer);
  client.on('connect', () => {
    end();
    timer = setTimeout(() => {
      client.emit(
        'error',
        new Error(`the server took the connection, and was not ready within ${timeoutMs} ms`),
      );
      client.disconnect(true);
    }, toTimer(timeoutMs));
  });
  for (const event of ['ready', 'close', 'end']) client.on(event, end);
}

import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * Holds a name that the kernel gives to one process only, and takes back when that process ends: an
 * abstract socket, which is no file. Guards against a lock file that was deleted by hand.
 *
 * @returns whether another process has it; `undefined` where there are no such sockets
 */
export async function bindLockSocket(folder: string): Promise<Server | 'taken' | undefined> {
  if (process.platform !== 'linux') return undefined;
  const path = `\0nestjs-event-drivers:${createHash('sha256').update(folder).digest('hex')}`;
  const server = createServer((connection) => connection.destroy());
  server.unref();
  const code = await new Promise<string | undefined>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    // Not shared with the other workers of a cluster.
    server.listen({ path, exclusive: true }, () => resolve(undefined));
  });
  if (code === undefined) return server.on('error', () => undefined);
  // Where it is forbidden there is still the lock file.
  return code === 'EADDRINUSE' ? 'taken' : undefined;
}

/** Gives the name back. */
export function closeLockSocket(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (server === undefined) resolve();
    else server.close(() => resolve());
  });
}

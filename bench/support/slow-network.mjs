import { createServer, connect } from 'node:net';
import { once } from 'node:events';
import { defer } from './clean-up.mjs';

/**
 * A server far away: what is sent to it arrives so much later, and so does its answer.
 *
 * @returns the URL to use instead
 */
export async function startSlowNetwork(url, delayMs) {
  const { hostname, port } = new URL(url);
  const sockets = new Set();
  const server = createServer((near) => {
    const far = connect(Number(port || 5432), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (chunk) => setTimeout(() => to.write(chunk), delayMs));
      from.on('end', () => setTimeout(() => to.end(), delayMs));
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  defer(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const slow = new URL(url);
  slow.hostname = '127.0.0.1';
  slow.port = String(server.address().port);
  return slow.href;
}

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

export type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

const USER = 'admin';

/**
 * Lets those pass who have the password of the user `admin`; where there is no password, or an
 * empty one, nobody.
 *
 * The board is middleware, so no guard of Nest is asked before it, not even a global one.
 */
export function requirePassword(password: string | undefined): Middleware {
  return (request, response, next) => {
    if (!password) {
      refuse(response, 403, 'The board is closed. It opens where BOARD_PASSWORD is set.');
    } else if (!isEqual(readCredentials(request), `${USER}:${password}`)) {
      response.setHeader('WWW-Authenticate', 'Basic realm="queues", charset="UTF-8"');
      refuse(
        response,
        401,
        `The board is for the user '${USER}', with the password that BOARD_PASSWORD has set.`,
      );
    } else if (isFromElsewhere(request)) {
      refuse(response, 403, 'The board takes nothing from pages of other sites.');
    } else {
      next();
    }
  };
}

function readCredentials({ headers }: IncomingMessage): string {
  const [, encoded = ''] = /^Basic +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  return Buffer.from(encoded, 'base64').toString();
}

/** Takes the same time wherever they differ. */
function isEqual(one: string, other: string): boolean {
  const [first, second] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(first!, second!);
}

/** A browser that has the password sends it along with a form of any page, and says where that is from. */
function isFromElsewhere({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin !== undefined && URL.parse(origin)?.host !== host;
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${reason}\n`);
}

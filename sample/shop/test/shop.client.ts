import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Answer {
  status: number;
  body: any;
}

const FAST = { RETRY_DELAY_MS: '1', MAIL_DELAY_MS: '1' };
const environment = { ...process.env };
const folders: string[] = [];

/** Sets what the shop is configured with until the test has ended; its data are in a folder of their own. */
export function setEnvironment(settings: NodeJS.ProcessEnv = {}): void {
  const folder = mkdtempSync(join(tmpdir(), 'shop-'));
  folders.push(folder);
  const { DATABASE_URL: _, ...rest } = environment;
  process.env = { ...rest, ...FAST, DATA_FOLDER: folder, ...settings };
}

/** Once the shop is closed. */
export function restoreEnvironment(): void {
  process.env = { ...environment };
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** Calls a shop over HTTP, once it is known where. */
export function createClient() {
  let url: string;

  async function send(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${url}${path}`, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    return { status: response.status, body: await response.json() };
  }

  const get = (path: string): Promise<Answer> => send('GET', path);

  /** Asks until the answer is what is waited for; the time limit is that of the test. */
  async function eventually(path: string, expected: object): Promise<void> {
    let last: Answer;
    do last = await get(path);
    while (Object.entries(expected).some(([key, value]) => last.body[key] !== value));
  }

  return {
    use: (address: string): void => {
      url = address;
    },
    send,
    get,
    post: (path: string, body?: unknown): Promise<Answer> => send('POST', path, body),
    eventually,
  };
}

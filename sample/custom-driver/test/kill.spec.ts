import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileWithLibrary } from '../../../test/support/child/compile-child.js';

const script = compileWithLibrary('sample/custom-driver/src', 'main.js');
let folder: string;
let running: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postcards-'));
});

afterEach(async () => {
  await kill();
  rmSync(folder, { recursive: true });
});

async function kill(): Promise<void> {
  const child = running;
  running = undefined;
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Starts the application in a process of its own. @returns where it listens */
async function start(sendingMs: number): Promise<string> {
  const settings = { DATA_FOLDER: folder, SENDING_MS: String(sendingMs), RETRY_DELAY_MS: '1', PORT: '0' };
  const child = spawn(process.execPath, ['--no-warnings', await script], {
    env: { ...process.env, ...settings, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running = child;
  let said = '';
  for await (const chunk of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    const found = /taken at (\S+)/.exec(said);
    if (found === null) continue;
    child.stdout.resume();
    return found[1]!;
  }
  throw new Error(`It did not start: ${said}`);
}

/** Writes postcards until nobody takes them any more. @returns those that were accepted */
async function writeUntilKilled(url: string, name: string): Promise<string[]> {
  const accepted: string[] = [];
  for (let index = 0; ; index++) {
    const text = `${name}${index}`;
    try {
      const response = await fetch(`${url}/postcards`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ to: 'Ada', text }),
      });
      if (response.status === 202) accepted.push(text);
    } catch {
      return accepted;
    }
  }
}

/** Which postcards have been sent. */
async function getSent(url: string): Promise<string[]> {
  const sent = (await (await fetch(`${url}/postcards/sent`)).json()) as string[];
  return sent.map((line) => line.split(': ')[1]!);
}

/** Whether there is anything that is not done. */
async function isBusy(url: string): Promise<boolean> {
  return ((await (await fetch(`${url}/postcards/counts`)).json()) as unknown[]).length > 0;
}

/** Waits until nothing is left; the time limit is that of the test. */
async function untilDone(url: string): Promise<void> {
  while (await isBusy(url));
}

it('sends each postcard that was accepted, however often it is killed', async () => {
  const accepted: string[] = [];
  for (const round of ['a', 'b', 'c']) {
    const url = await start(20);
    const writing = ['x', 'y', 'z'].map((name) => writeUntilKilled(url, `${round}${name}`));
    while ((await getSent(url)).every((text) => !text.startsWith(round)));
    await kill();
    accepted.push(...(await Promise.all(writing)).flat());
    // As if the process had died in the middle of a line.
    appendFileSync(join(folder, 'deliveries/journal.jsonl'), '[{"type":"stored","id":"half');
  }
  expect(accepted.length).toBeGreaterThan(10);
  const url = await start(1);
  await untilDone(url);
  const sent = new Set(await getSent(url));
  expect(accepted.filter((text) => !sent.has(text))).toEqual([]);
});

it('sends once what it was given time to finish', async () => {
  const url = await start(200);
  const writing = writeUntilKilled(url, 'a');
  while (!(await isBusy(url)));
  const child = running!;
  child.kill('SIGTERM');
  await once(child, 'exit');
  const accepted = await writing;
  const next = await start(1);
  await untilDone(next);
  const sent = await getSent(next);
  expect(sent.filter((text) => accepted.includes(text)).toSorted()).toEqual(accepted.toSorted());
});

import { spawnSync } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compileChild } from '../support/child/compile-child.js';

const FULL = '/dev/full';
const isPossible = existsSync(FULL);
if (!isPossible) console.warn(`Skipped: what cannot be printed. There is no ${FULL}.`);

async function getMain(): Promise<string> {
  return join(dirname(await compileChild()), '../lib/cli/main.js');
}

(isPossible ? test : test.skip)('What cannot be printed is a failure', async () => {
  const { status, stderr } = spawnSync(process.execPath, [await getMain(), 'help'], {
    stdio: ['ignore', openSync(FULL, 'w'), 'pipe'],
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^event-drivers: what it prints cannot be written: ENOSPC.*\n$/);
});

test('Whoever reads what is printed may stop to do so', async () => {
  const command = `"$0" "$1" help | exec true; exit \${PIPESTATUS[0]}`;
  const { status, stderr } = spawnSync('bash', ['-c', command, process.execPath, await getMain()], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

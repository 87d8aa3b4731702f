/**
 * `node bench/run.mjs [--engines] [--report] [subject...]`: each subject in a process of its own, one after another, so
 * that none meets what another has left behind; the contenders of one subject share their process.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chooseSubjects } from './subjects.mjs';
import { writeReport } from './support/report.mjs';
import { toText } from './support/table.mjs';

const { values, positionals } = parseArgs({
  options: { engines: { type: 'boolean', default: false }, report: { type: 'boolean', default: false } },
  allowPositionals: true,
});

/** @returns what it measured; `undefined` if it failed, which it has told */
async function measure(name) {
  const child = fork(join(import.meta.dirname, 'support/subject-process.mjs'), [name], {
    execArgv: ['--expose-gc'],
  });
  let result;
  child.on('message', (message) => (result = message));
  const [code] = await once(child, 'close');
  return code === 0 ? result : undefined;
}

let isInterrupted = false;
// The child gets the signal as well, and needs time to leave everything as it was.
process.on('SIGINT', () => (isInterrupted = true));

for (const { name } of chooseSubjects(positionals, values.engines)) {
  if (isInterrupted) break;
  const startedAt = performance.now();
  const result = await measure(name);
  if (result === undefined) {
    console.error(`${name} failed\n`);
    process.exitCode = 1;
    continue;
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(`# ${name} (${result.about}; took ${seconds} s)\n`);
  for (const table of result.tables) console.log(toText(table));
  for (const note of result.notes) console.log(`- ${note}`);
  console.log();
  if (values.report) await writeReport(result);
}

#!/usr/bin/env node
import { describeThrown } from '../errors/describe-thrown.js';
import { readProperty } from '../errors/thrown.js';
import { checkMajorOfNode } from '../queue/check-node.js';

const tooOld = checkMajorOfNode();
if (tooOld !== undefined) {
  process.stderr.write(`event-drivers: ${tooOld}.\n`);
  process.exit(1);
}

process.stdout.on('error', (error) => {
  // Whoever reads what is printed may stop to do so: `event-drivers failed | head`.
  if (readProperty(error, 'code') === 'EPIPE') process.exit(0);
  process.stderr.write(`event-drivers: what it prints cannot be written: ${describeThrown(error)}\n`);
  process.exit(1);
});

// Only now: what an older Node lacks may be missed as soon as it is loaded.
const { main } = await import('./cli.js');

const exitCode = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  directory: process.cwd(),
});
// An application may leave behind what would keep the process alive; what is printed is to be out first.
process.stdout.write('', (error) => {
  // What could not be written is reported by then, or right after.
  if (error === null || error === undefined) process.exit(exitCode);
});

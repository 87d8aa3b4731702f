#!/usr/bin/env node
import { main } from './cli.js';

// Whoever reads what is printed may stop to do so: `event-drivers failed | head`.
process.stdout.on('error', () => process.exit(0));

const exitCode = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  directory: process.cwd(),
});
// An application may leave behind what would keep the process alive; what is printed is to be out first.
process.stdout.write('', () => process.exit(exitCode));

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGES = join(import.meta.dirname, '../../node_modules');

function versionOf(name) {
  return JSON.parse(readFileSync(join(PACKAGES, name, 'package.json'), 'utf8')).version;
}

/** What a figure is worth nothing without: when, and with which versions it was measured. */
export function describeRun(packages, rounds) {
  return [
    new Date().toISOString().slice(0, 10),
    `Node ${process.version}`,
    ...['@nestjs/core', ...packages].map((name) => `${name} ${versionOf(name)}`),
    `${rounds} round${rounds === 1 ? '' : 's'}`,
  ].join(', ');
}

// Runs the reliability tests with the loads that tell more than a change can wait for: `npm run test:reliability`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = join(ROOT, 'docs/reliability.md');

const USAGE = `Usage: npm run test:reliability -- [options] [what Jest takes]

  --tier <1|2>   how much is dispatched: as much as for each change (1), or 100,000 and more (2; the default)
  --kills <n>    how often each test kills a process (20 in tier 2)
  --seed <n>     what random numbers follow from; that of each run is printed
  --report       writes the matrix to docs/reliability.md`;

const { values, tokens } = parseArgs({
  options: {
    tier: { type: 'string', default: '2' },
    kills: { type: 'string' },
    seed: { type: 'string' },
    report: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  strict: false,
  allowPositionals: true,
  tokens: true,
});

if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const numbers = {
  RELIABILITY_TIER: values.tier,
  RELIABILITY_KILLS: values.kills,
  RELIABILITY_SEED: values.seed,
};
for (const [name, text] of Object.entries(numbers)) {
  if (text === undefined || /^\d+$/.test(text)) continue;
  console.error(
    `--${name.slice('RELIABILITY_'.length).toLowerCase()} is '${text}', and should be a whole number.\n\n${USAGE}`,
  );
  process.exit(2);
}

const OURS = new Set(['tier', 'kills', 'seed', 'report']);
const rest = tokens
  .filter(({ kind, name }) => kind === 'positional' || (kind === 'option' && !OURS.has(name)))
  .flatMap(({ kind, rawName, value }) =>
    kind === 'positional' ? [value] : [rawName, ...(value === undefined ? [] : [value])],
  );
const paths = rest.some((argument) => argument.startsWith('test/'))
  ? []
  : ['test/reliability', 'test/properties'];

/** One process of Jest for each engine: what is measured is not to be held up by more, unless that is asked for. */
const WORKERS = /^(?:-w|-i|--maxWorkers|--runInBand)(?:=|$)/;

const env = { ...process.env };
for (const [name, text] of Object.entries(numbers)) if (text !== undefined) env[name] = text;
// So many inputs of each property.
if (values.tier !== '1') env.RELIABILITY_RUNS ??= '10000';
if (values.report) env.RELIABILITY_REPORT = PAGE;

const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
const args = [
  '--experimental-vm-modules',
  '--no-warnings',
  jest,
  '-c',
  join(ROOT, 'test/jest.config.mjs'),
  ...(rest.some((argument) => WORKERS.test(argument)) ? [] : ['--maxWorkers=3']),
  ...paths,
  ...rest,
];
const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: 'inherit' });
const [code] = await once(child, 'exit');
if (code === 0 && values.report) {
  const options = await resolveConfig(PAGE);
  writeFileSync(PAGE, await format(readFileSync(PAGE, 'utf8'), { ...options, filepath: PAGE }));
}
process.exit(code ?? 1);

/** What this library adds to the start of an application; each time in a fresh process, which measures itself. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { alternate } from './support/alternate.mjs';
import { amount, atMost, compareDifference, toComparison } from './support/comparison.mjs';

export const ROUNDS = 15;
export const PACKAGES = ['@nestjs/event-emitter', '@nestjs/cqrs'];

const SCRIPT = join(import.meta.dirname, 'support/start-up-process.mjs');
const ENGINES = ['pg', 'pg-boss', 'bullmq', 'ioredis', '@electric-sql/pglite'];

const CONTENDERS = [
  ['import', 'nestjs-event-drivers'],
  ['import', '@nestjs/event-emitter'],
  ['import', '@nestjs/cqrs'],
  ['create', 'without'],
  ['create', 'EventsModule'],
  ['create', 'EventEmitterModule'],
];

export async function run({ rounds }) {
  const loaded = await checkLoaded();
  const measured = await alternate(
    Object.fromEntries(CONTENDERS.map((args) => [args.join(' '), () => ask(...args)])),
    { rounds, warmUp: 1 },
  );
  const imported = (name, wanted) =>
    amount({ title: `import '${name}'`, values: measured[`import ${name}`], unit: 'ms', wanted });
  const created = (name, wanted) =>
    compareDifference({
      title: `${name}.forRoot()`,
      ours: measured[`create ${name}`],
      theirs: measured['create without'],
      peer: 'without it',
      unit: 'ms',
      wanted,
    });
  return {
    tables: [
      toComparison('Importing, once @nestjs/common and @nestjs/core have been', [
        imported('nestjs-event-drivers', atMost(10)),
        imported('@nestjs/event-emitter'),
        imported('@nestjs/cqrs'),
      ]),
      toComparison('Creating an application of 500 providers', [
        created('EventsModule', atMost(20)),
        created('EventEmitterModule'),
      ]),
    ],
    notes: [
      `Importing nestjs-event-drivers loads ${loaded} modules, none of which is of an engine (${ENGINES.join(', ')}).`,
    ],
  };
}

/** @returns how many modules the import loads. @throws if one of them belongs to an engine */
async function checkLoaded() {
  const urls = await ask('list', 'nestjs-event-drivers');
  if (urls.length === 0) throw new Error('Nothing was loaded');
  const engines = urls.filter((url) => ENGINES.some((name) => url.includes(`/node_modules/${name}/`)));
  if (engines.length > 0) throw new Error(`Importing nestjs-event-drivers loads ${engines.join(', ')}`);
  return urls.length;
}

async function ask(...args) {
  const child = fork(SCRIPT, args, { execArgv: [] });
  let answer;
  child.on('message', (message) => (answer = message));
  await once(child, 'close');
  if (answer === undefined) throw new Error(`${args.join(' ')} has failed`);
  return answer;
}

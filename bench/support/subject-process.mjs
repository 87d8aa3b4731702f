/** One subject in a process of its own: `subject-process.mjs <name>`, started by `run.mjs`, which is told what it measured. */
import 'reflect-metadata';
import { SUBJECTS } from '../subjects.mjs';
import { cleanUp } from './clean-up.mjs';
import { describeRun } from './versions.mjs';

async function run() {
  const { name, file, engine } = SUBJECTS.find((subject) => subject.name === process.argv[2]);
  const subject = await import(`../${file}`);
  const rounds = Number(process.env.ROUNDS ?? subject.ROUNDS);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('ROUNDS is to be a whole number from 1');
  const { tables, notes = [], packages = subject.PACKAGES } = await subject.run({ rounds, engine });
  const about = describeRun(packages, rounds);
  await new Promise((resolve) => process.send({ name, about, tables, notes }, resolve));
}

let isEnding = false;

async function end(error) {
  // What fails because of the end is no news.
  if (isEnding) return;
  isEnding = true;
  if (error !== undefined) {
    console.error(error);
    process.exitCode = 1;
  }
  await cleanUp();
  // What a contender keeps open is not to keep the others waiting.
  process.exit();
}

process.on('uncaughtException', (error) => void end(error));
process.once('SIGINT', () => void end(new Error('interrupted')));
process.once('SIGTERM', () => void end(new Error('terminated')));
run().then(() => end(), end);

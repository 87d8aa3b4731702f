/**
 * A process that works a queue: `worker-process.mjs <ours|plain> <url> <schema>`, with this library or with pg-boss alone.
 * It tells when it has begun, and how many it has handled.
 */
import 'reflect-metadata';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { PgBoss } from 'pg-boss';
import { cleanUp, defer } from './clean-up.mjs';
import { PlainPgBoss } from './engines/plain-pg-boss.mjs';
import { setHandler, startQueueApp } from './queue-app.mjs';

const TELL_MS = 10;

const [, , side, connection, schema] = process.argv;
let handled = 0;
let told = 0;
let lastAt = 0;

function onHandled() {
  handled++;
  lastAt = performance.timeOrigin + performance.now();
}

async function startPlain() {
  const boss = new PgBoss({ connectionString: connection, schema, useListenNotify: true });
  const plain = new PlainPgBoss(boss);
  await boss.start();
  defer(() => boss.stop({ graceful: false }));
  await plain.work('looped', { batchSize: 500, localConcurrency: 2 }, onHandled);
}

async function end() {
  await cleanUp();
  process.exit();
}

if (side === 'plain') {
  await startPlain();
} else {
  setHandler(onHandled);
  await startQueueApp({ creator: new PgBossWorkerCreator({ connection, schema }) });
}
setInterval(() => {
  if (handled > told) process.send({ handled, lastAt });
  told = handled;
}, TELL_MS);
process.on('message', () => void end());
// Whoever has started it is gone.
process.on('disconnect', () => void end());
process.on('SIGINT', () => {});
process.send({ handled, lastAt });

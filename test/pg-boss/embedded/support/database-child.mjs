// Opens a database when it is asked to, and then writes to it without end, noting what was acknowledged.
import { fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { openEmbeddedDatabase } = await import(
  pathToFileURL(join(process.argv[2], 'pg-boss/embedded/index.js')).href
);

process.on('message', (request) => void contend(request));
process.on('disconnect', () => process.exit());

async function contend({ folder, templateFolder, ledger }) {
  const startedAt = performance.now();
  let database;
  try {
    process.send({ opening: true });
    database = await openEmbeddedDatabase({ folder, templateFolder, schema: 'pgboss', onError: fail });
  } catch (error) {
    const elapsedMs = performance.now() - startedAt;
    process.send({ won: false, code: error.code, ownerPid: error.owner?.pid, elapsedMs });
    return;
  }
  await database.db.executeSql('CREATE TABLE IF NOT EXISTS written (id text PRIMARY KEY)');
  process.send({ won: true });
  await write(database.db, openSync(ledger, 'a'));
}

async function write(db, ledger) {
  for (let i = 0; ; i++) {
    const id = `${process.pid}-${i}`;
    await db.executeSql('INSERT INTO written VALUES ($1)', [id]);
    writeSync(ledger, `${id}\n`);
    fsyncSync(ledger);
    if (i === 200) process.send({ hasWritten: true });
  }
}

function fail(error) {
  throw error;
}

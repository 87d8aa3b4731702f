import { cpSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PgBoss } from 'pg-boss';
import type { EmbeddedDatabase } from '../../../lib/pg-boss/embedded/index.js';
import { importPGlite } from '../../../lib/pg-boss/embedded/import-pglite.js';
import { makeTemplate } from '../../../lib/pg-boss/embedded/make-template.js';
import { getVersions, readTemplate } from '../../../lib/pg-boss/embedded/template.js';
import { useParent, fail, open, query } from './support/databases.js';
import { prepareTemplate } from '../../support/template.js';

const hasTables = "SELECT to_regclass('pgboss.job') IS NOT NULL AS has";

let parent: string;
let folder: string;

useParent((created) => {
  parent = created;
  folder = join(parent, 'database');
});

it.each(['in memory', 'in a folder'])('has the tables of pg-boss already (%s)', async (where) => {
  const database = await open(where === 'in memory' ? {} : { folder });
  expect(await query(database, hasTables)).toEqual([{ has: true }]);
  await startPgBoss(database);
});

it('is the same for whoever comes later', async () => {
  const first = await open({});
  await query(first, 'CREATE TABLE pgboss.mine AS SELECT 1 AS no');
  await query(first, `DELETE FROM pgboss.version`);
  const second = await open({});
  expect(await query(second, "SELECT to_regclass('pgboss.mine') AS mine")).toEqual([{ mine: null }]);
  expect(await query(second, 'SELECT FROM pgboss.version')).toHaveLength(1);
});

it.each<[string, (folder: string) => void]>([
  ['there is none', (folder) => rmSync(join(folder, 'template.tar.gz'))],
  ['nothing says what made it', (folder) => rmSync(join(folder, 'template.json'))],
  ['what says so cannot be read', (folder) => writeFileSync(join(folder, 'template.json'), '{')],
  ['it is of another PGlite', (folder) => writeVersions(folder, { pglite: '0.0.1' })],
  ['it is of a later pg-boss', (folder) => writeVersions(folder, { pgBoss: '12.999.0' })],
  ['it is of another major version of pg-boss', (folder) => writeVersions(folder, { pgBoss: '1.0.0' })],
  ['it is for another schema', (folder) => writeVersions(folder, { schema: 'other' })],
])('is not used where %s', async (_, spoil) => {
  const copy = await copyTemplate();
  expect(await readTemplate(copy, 'pgboss')).toBeInstanceOf(Buffer);
  writeVersions(copy, { pgBoss: '12.0.1' });
  expect(await readTemplate(copy, 'pgboss')).toBeInstanceOf(Buffer);
  spoil(copy);
  expect(await readTemplate(copy, 'pgboss')).toBeUndefined();
});

it.each(['in memory', 'in a folder'])('is done without where it is damaged (%s)', async (where) => {
  const copy = await copyTemplate();
  truncateSync(join(copy, 'template.tar.gz'), 2_000_000);
  const database = await open({ templateFolder: copy, ...(where === 'in memory' ? {} : { folder }) });
  expect(await query(database, hasTables)).toEqual([{ has: false }]);
  await startPgBoss(database);
});

it('is made anew for other versions', async () => {
  const copy = await copyTemplate();
  writeVersions(copy, { pglite: '0.0.1' });
  await makeTemplate(copy);
  expect(await readTemplate(copy, 'pgboss')).toBeInstanceOf(Buffer);
  const database = await open({ templateFolder: copy });
  expect(await query(database, hasTables)).toEqual([{ has: true }]);
});

async function copyTemplate(): Promise<string> {
  const copy = join(parent, 'copy');
  cpSync(await prepareTemplate(), copy, { recursive: true });
  return copy;
}

function writeVersions(folder: string, versions: Partial<ReturnType<typeof getVersions>>): void {
  writeFileSync(join(folder, 'template.json'), JSON.stringify({ ...getVersions('pgboss'), ...versions }));
}

async function startPgBoss(database: EmbeddedDatabase): Promise<void> {
  const boss = new PgBoss({ db: database.db, backend: 'pglite', supervise: false, schedule: false });
  boss.on('error', fail);
  await boss.start();
  await boss.createQueue('work');
  expect(await boss.send('work', {})).toEqual(expect.any(String));
  await boss.stop({ graceful: false });
}

it('says which package is missing, and how to install it', async () => {
  const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
  await expect(importPGlite(() => Promise.reject(missing))).rejects.toThrow('npm i @electric-sql/pglite');
  const broken = new Error('Broken');
  await expect(importPGlite(() => Promise.reject(broken))).rejects.toBe(broken);
});

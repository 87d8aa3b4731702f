import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { InvalidOptionsError } from '../../../lib/errors/index.js';
import { Child } from './support/child.js';
import { compileEmbedded } from './support/compile-embedded.js';
import { useParent, open, query } from './support/databases.js';
import { prepareTemplate } from '../../support/template.js';

let parent: string;
let folder: string;

useParent((created) => {
  parent = created;
  folder = join(parent, 'database');
});

it('a folder is created with those above it, for this user only', async () => {
  folder = join(parent, 'above', 'database');
  await open({ folder });
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(parent, 'above')).mode & 0o777).toBe(0o700);
});

it('a folder is taken from other users where they could read it', async () => {
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  await (await open({ folder })).close();
  expect(statSync(folder).mode & 0o777).toBe(0o700);

  chmodSync(folder, 0o770);
  await open({ folder });
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

it('a folder is left as it is where something else is in it', async () => {
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'notes.txt'), 'mine');
  await expect(open({ folder })).rejects.toThrow('it is not empty, and what is in it is no database');
  expect(readdirSync(folder)).toEqual(['notes.txt']);
  expect(statSync(folder).mode & 0o777).toBe(0o755);
  expect(readdirSync(parent)).toEqual(['database']);
});

it('a folder that is a file, or below one, is refused as such', async () => {
  writeFileSync(folder, 'mine');
  await expect(open({ folder })).rejects.toThrow(
    `The folder '${folder}' of the embedded database: it is a file`,
  );
  const below = join(folder, 'database');
  await expect(open({ folder: below })).rejects.toThrow(
    `'${below}' of the embedded database: it would be below a`,
  );
  await expect(open({ folder: below })).rejects.toBeInstanceOf(InvalidOptionsError);
});

it('a folder whose database is damaged is an error that names it, with the remedy', async () => {
  await (await open({ folder })).close();
  rmSync(join(folder, 'global', 'pg_control'));
  await expect(open({ folder })).rejects.toThrow(
    `PGlite could not start in '${folder}': the database in it is damaged, or of another version of PGlite: restore ` +
      'a backup of the folder, or move it away to start anew. PGlite says: ',
  );
});

it('a folder keeps what was written in it', async () => {
  const first = await open({ folder });
  await first.db.executeSql('CREATE TABLE items AS SELECT 1 AS id');
  await first.close();
  expect(await query(await open({ folder }), 'SELECT id FROM items')).toEqual([{ id: 1 }]);
});

it('a folder opens after a creation that PGlite has begun and not ended', async () => {
  mkdirSync(join(folder, 'base'), { recursive: true });
  mkdirSync(join(folder, 'pg_wal'));
  await (await open({ folder })).close();
  expect(await query(await open({ folder }), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

it.each([2, 3])('opens after a creation that was killed halfway (%i)', async (part) => {
  const compiled = compileEmbedded();
  const child = new Child('database-child.mjs', [compiled.folder]);
  // One of them with the template, which is quicker, and one without.
  const source = part % 2 === 0 ? await prepareTemplate() : parent;
  child.tell({ folder, templateFolder: source, ledger: join(parent, 'ledger') });
  await child.hears('opening');
  await untilThereAre(part * 180, `${folder}.creating`);
  await child.kill();
  expect(existsSync(join(folder, 'PG_VERSION'))).toBe(false);

  const database = await open({ folder });
  compiled.remove();
  // What was left did not get in the way of the template.
  expect(await query(database, "SELECT to_regclass('pgboss.job') IS NOT NULL AS has")).toEqual([
    { has: true },
  ]);

  expect(readdirSync(parent).toSorted()).toEqual(['database', 'database.lock']);
});

async function untilThereAre(files: number, inFolder: string): Promise<void> {
  const count = () => readdirSync(inFolder, { recursive: true }).length;
  while (!existsSync(inFolder) || count() < files) await wait(1);
}

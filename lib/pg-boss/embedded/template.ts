import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const unzip = promisify(gunzip);

/**
 * A database that is ready to be copied, which takes a fraction of the time and memory of creating one.
 * It is made when this library is built, for the versions that it is built with.
 */
export const TEMPLATE_FILE = 'template.tar.gz';

/** Says what the template was made for; see {@link TemplateVersions}. */
export const TEMPLATE_VERSIONS_FILE = 'template.json';

/** The schema that the template has pg-boss's tables in: pg-boss's own default. */
export const TEMPLATE_SCHEMA = 'pgboss';

/** What a template was made by, and for. */
export interface TemplateVersions {
  readonly pglite: string;
  readonly pgBoss: string;
  readonly schema: string;
}

/** What a template would be made by here. */
export function getVersions(schema: string): TemplateVersions {
  return { pglite: getVersion('@electric-sql/pglite'), pgBoss: getVersion('pg-boss'), schema };
}

/** @returns the archive, unzipped; `undefined` where there is none that fits what is installed */
export async function readTemplate(folder: string, schema: string): Promise<Buffer | undefined> {
  try {
    const made = JSON.parse(await readFile(join(folder, TEMPLATE_VERSIONS_FILE), 'utf8')) as TemplateVersions;
    const here = getVersions(schema);
    const fits = made.pglite === here.pglite && made.schema === schema && isUpdate(made.pgBoss, here.pgBoss);
    return fits ? await unzipOnce(join(folder, TEMPLATE_FILE)) : undefined;
  } catch {
    // It only saves time: whatever is the matter with it, the database is created without.
    return undefined;
  }
}

/** How long what is unzipped is kept, in milliseconds: tests open one database after another. */
const KEPT_MS = 5000;

let kept: { readonly key: string; readonly archive: Promise<Buffer> } | undefined;
let release: NodeJS.Timeout | undefined;

async function unzipOnce(file: string): Promise<Buffer> {
  const { mtimeMs, size } = await stat(file);
  const key = `${file} ${mtimeMs} ${size}`;
  if (kept?.key !== key) kept = { key, archive: readFile(file).then((zipped) => unzip(zipped)) };
  clearTimeout(release);
  release = setTimeout(() => (kept = undefined), KEPT_MS).unref();
  return kept.archive;
}

/** pg-boss brings the tables of an earlier version up to date when it starts; of a later one, it cannot. */
function isUpdate(from: string, to: string): boolean {
  const [fromMajor, ...fromRest] = from.split('.', 3).map((part) => Number.parseInt(part, 10));
  const [toMajor, ...toRest] = to.split('.', 3).map((part) => Number.parseInt(part, 10));
  if (fromMajor !== toMajor) return false;
  const [fromMinor = NaN, fromPatch = NaN] = fromRest;
  const [toMinor = NaN, toPatch = NaN] = toRest;
  return toMinor > fromMinor || (toMinor === fromMinor && toPatch >= fromPatch);
}

/** The version of an installed package, which may not export its `package.json`. */
function getVersion(name: string): string {
  let folder = dirname(createRequire(import.meta.url).resolve(name));
  for (;;) {
    const found = readPackage(folder);
    if (found?.name === name && found.version !== undefined) return found.version;
    if (folder === dirname(folder)) throw new Error(`Cannot find the version of '${name}'`);
    folder = dirname(folder);
  }
}

function readPackage(folder: string): { name?: string; version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: string };
  } catch {
    return undefined;
  }
}

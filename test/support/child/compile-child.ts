import { hash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type Options, transformSync } from '@swc/core';
import { makeTemplate } from '../../../lib/pg-boss/embedded/make-template.js';
import { getVersions, TEMPLATE_FILE } from '../../../lib/pg-boss/embedded/template.js';

const ROOT = join(import.meta.dirname, '../../..');
const GENERATED = join(ROOT, 'test/.generated');

const SWC: Options = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2023',
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: false,
};

/** Where the compiled application finds the compiled library. */
const LIBRARY: Readonly<Record<string, string>> = {
  "'nestjs-event-drivers'": "'../lib/index.js'",
  "'nestjs-event-drivers/pg-boss'": "'../lib/pg-boss/index.js'",
};

/**
 * Compiles the library and the application of `ChildApp` for processes that run without Jest, once for each
 * state of the sources.
 *
 * @returns the file to run
 */
export async function compileChild(): Promise<string> {
  const sources = [...readSources('lib', 'lib'), ...readSources('test/support/child', 'child')];
  const folder = join(GENERATED, `child-${hash('sha256', JSON.stringify(sources)).slice(0, 16)}`);
  if (!existsSync(folder)) await build(folder, sources);
  return join(folder, 'child/main.js');
}

interface Source {
  readonly target: string;
  readonly text: string;
}

function readSources(folder: string, target: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('compile-child.ts'))
    .toSorted()
    .map((name) => ({
      target: join(target, name.replace(/\.ts$/, '.js')),
      text: readFileSync(join(ROOT, folder, name), 'utf8').replaceAll(
        /(?<=from )'nestjs-event-drivers[^']*'/g,
        (name) => LIBRARY[name]!,
      ),
    }));
}

/** Whoever else compiles at the same time puts the same in the same place. */
async function build(folder: string, sources: readonly Source[]): Promise<void> {
  mkdirSync(GENERATED, { recursive: true });
  const template = await getTemplate();
  const unfinished = mkdtempSync(join(GENERATED, 'unfinished-'));
  for (const { target, text } of sources) {
    const file = join(unfinished, target);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, transformSync(text, { ...SWC, filename: file }).code);
  }
  cpSync(template, join(unfinished, 'lib/pg-boss/embedded'), { recursive: true });
  putInPlace(unfinished, folder);
}

/** A prepared database takes seconds to make and seldom changes. */
async function getTemplate(): Promise<string> {
  const { pglite, pgBoss } = getVersions('pgboss');
  const folder = join(GENERATED, `template-${pglite}-${pgBoss}`);
  if (existsSync(join(folder, TEMPLATE_FILE))) return folder;
  const unfinished = mkdtempSync(join(GENERATED, 'unfinished-'));
  await makeTemplate(unfinished);
  putInPlace(unfinished, folder);
  return folder;
}

function putInPlace(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}

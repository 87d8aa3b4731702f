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
import { dirname, join, relative } from 'node:path';
import { type Options, transformSync } from '@swc/core';
import { makeTemplate } from '../../../lib/pg-boss/embedded/make-template.js';
import { getVersions, TEMPLATE_FILE } from '../../../lib/pg-boss/embedded/template.js';
import { compileFailpoints } from './failpoints.js';

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

/** Where what is compiled finds the compiled library. */
const LIBRARY: Readonly<Record<string, string>> = {
  'nestjs-event-drivers': 'lib/index.js',
  'nestjs-event-drivers/bullmq': 'lib/bullmq/index.js',
  'nestjs-event-drivers/pg-boss': 'lib/pg-boss/index.js',
  'nestjs-event-drivers/testing': 'lib/testing/index.js',
};

/**
 * Compiles the library and the application of `ChildApp` for processes that run without Jest, once for each
 * state of the sources.
 *
 * @returns the file to run
 */
export function compileChild(): Promise<string> {
  return compileWithLibrary('test/support/child', 'main.js');
}

/** Compiles the library and a folder that uses it. @returns the compiled file of that folder with that name */
export async function compileWithLibrary(folder: string, file: string): Promise<string> {
  const sources = [...readSources('lib', 'lib'), ...readSources(folder, 'child')];
  const target = join(GENERATED, `child-${hash('sha256', JSON.stringify(sources)).slice(0, 16)}`);
  if (!existsSync(target)) await build(target, sources);
  return join(target, 'child', file);
}

interface Source {
  readonly target: string;
  readonly text: string;
}

function readSources(folder: string, target: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('compile-child.ts'))
    .toSorted()
    .map((name) => {
      const file = join(target, name.replace(/\.ts$/, '.js'));
      const text = compileFailpoints(readFileSync(join(ROOT, folder, name), 'utf8')).replaceAll(
        /(?<=(?:from |import\()')nestjs-event-drivers[^']*(?=')/g,
        (library) => toImport(relative(dirname(file), LIBRARY[library]!)),
      );
      return { target: file, text };
    });
}

function toImport(path: string): string {
  return path.startsWith('.') ? path : `./${path}`;
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

import { hash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type Options, transformSync } from '@swc/core';
import { TEMPLATE_FILE, TEMPLATE_VERSIONS_FILE } from '../../../lib/pg-boss/embedded/template.js';
import { createUnfinished, GENERATED, prepareTemplate, putInPlace } from '../template.js';
import { compileFailpoints } from './failpoints.js';

const ROOT = join(import.meta.dirname, '../../..');

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

async function build(folder: string, sources: readonly Source[]): Promise<void> {
  const template = await prepareTemplate();
  const unfinished = createUnfinished();
  for (const { target, text } of sources) {
    const file = join(unfinished, target);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, transformSync(text, { ...SWC, filename: file }).code);
  }
  for (const name of [TEMPLATE_FILE, TEMPLATE_VERSIONS_FILE]) {
    cpSync(join(template, name), join(unfinished, 'lib/pg-boss/embedded', name));
  }
  putInPlace(unfinished, folder);
}

/**
 * Puts what the build has made into a file for each entry point and a few for what these share: a process takes longer to
 * find a file than to read it, and importing the library took two hundred.
 *
 * `node lib/bundle.mjs [FOLDER]`, where that is not `dist`.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const root = resolve(import.meta.dirname, '..');
const folder = resolve(process.argv[2] ?? join(root, 'dist'));

const toId = (file) => join(folder, file);
const toFile = (id) => relative(folder, id);

/** The files that are found by their paths: what the package exports, its commands, and what ends the build. */
function listEntries() {
  const { exports, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const files = [...Object.values(exports).flatMap((entry) => entry.default ?? []), ...Object.values(bin)];
  return [...files.map((file) => relative('dist', file)), 'pg-boss/embedded/build-template.js'];
}

/** What is loaded together with a module, packages included. */
function reach(id, getModuleInfo, reached = new Set()) {
  if (reached.has(id)) return reached;
  reached.add(id);
  for (const imported of getModuleInfo(id)?.importedIds ?? []) reach(imported, getModuleInfo, reached);
  return reached;
}

/** The files of what is shared with `.`; each needs none but those before it. */
const SHARED = ['any-node', 'without-nest', 'with-nest'];

/**
 * What does without NestJS is not to load it: engines, and commands that ask them. And the command line tells of a Node
 * that is too old before it loads what that may lack.
 */
function share(starts, getModuleInfo) {
  const onAnyNode = reach(toId('cli/main.js'), getModuleInfo);
  const withoutNest = new Set();
  for (const start of starts) {
    const reached = [...reach(start, getModuleInfo)];
    if (!reached.some((id) => id.startsWith('@nestjs/'))) reached.forEach((id) => withoutNest.add(id));
  }
  return new Map(
    [...reach(toId('index.js'), getModuleInfo)].map((id) => {
      if (onAnyNode.has(id)) return [id, 'any-node'];
      return [id, withoutNest.has(id) ? 'without-nest' : 'with-nest'];
    }),
  );
}

/** An entry keeps its path, and what is shared stays in its folder where that is one. */
function place({ facadeModuleId, moduleIds, name }) {
  if (facadeModuleId !== null) return toFile(facadeModuleId);
  const [home, ...others] = new Set(moduleIds.map((id) => dirname(toFile(id))));
  const isAtHome = moduleIds.every((id) => id.startsWith(folder)) && others.length === 0;
  return join(isAtHome ? home : 'shared', `${name}.js`);
}

/** What looks for files beside itself would not find them elsewhere. */
function assertInPlace({ fileName, moduleIds }) {
  for (const id of moduleIds.filter((id) => id.startsWith(folder))) {
    const looksAround = /new URL\([^)]*import\.meta|import\.meta\.(dirname|filename)/.test(
      readFileSync(id, 'utf8'),
    );
    if (looksAround && dirname(toFile(id)) !== dirname(fileName)) {
      throw new Error(`${toFile(id)} would look for its files beside ${fileName}`);
    }
  }
}

/** Drivers and errors are known by the names of their classes, and the bundler gives those of one name others. */
function assertNames({ fileName, code }) {
  const renamed = /\bclass (\w+\$\d+)|(\w+\$\d+) = class\b/.exec(code);
  if (renamed !== null) throw new Error(`A class is called ${renamed[1] ?? renamed[2]} in ${fileName}`);
}

/** Of packages that are missing, the one is told of that is asked for at first hand: it brings what others ask for. */
function importPackagesFirst(code) {
  const [, start, imports, rest] = /^(#!.*\n)?((?:import .*\n)*)([^]*)$/.exec(code);
  const lines = imports.split(/(?<=\n)/);
  const own = new Set(lines.filter((line) => /["']\.\.?\//.test(line)));
  return [start, ...lines.filter((line) => !own.has(line)), ...own, rest].join('');
}

async function bundle() {
  const entries = listEntries();
  let shared = new Map();
  const plugin = {
    name: 'library',
    /** With the map of the compiler, so that what is bundled leads to the sources. */
    load(id) {
      if (!existsSync(`${id}.map`)) return undefined;
      return { code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') };
    },
    buildEnd() {
      const getModuleInfo = (id) => this.getModuleInfo(id);
      const later = [...this.getModuleIds()].flatMap((id) => getModuleInfo(id)?.dynamicallyImportedIds ?? []);
      shared = share([...entries.map(toId), ...later], getModuleInfo);
    },
  };
  const build = await rolldown({
    input: Object.fromEntries(entries.map((file) => [file.replace(/\.js$/, ''), toId(file)])),
    platform: 'node',
    external: (id) => !id.startsWith('.') && !isAbsolute(id),
    plugins: [plugin],
  });
  const { output } = await build.generate({
    format: 'esm',
    comments: { jsdoc: false },
    sourcemap: true,
    // The sources are part of the package.
    sourcemapExcludeSources: true,
    chunkFileNames: place,
    codeSplitting: {
      groups: SHARED.map((name, index) => ({
        name,
        test: (id) => shared.get(id) === name,
        priority: SHARED.length - index,
      })),
    },
  });
  await build.close();
  return output;
}

const output = await bundle();
for (const file of output.filter(({ type }) => type === 'chunk')) {
  assertInPlace(file);
  assertNames(file);
}
for (const file of readdirSync(folder, { recursive: true })) {
  if (/\.js(\.map)?$/.test(file)) rmSync(join(folder, file));
}
for (const file of output) {
  mkdirSync(dirname(toId(file.fileName)), { recursive: true });
  writeFileSync(toId(file.fileName), file.type === 'chunk' ? importPackagesFirst(file.code) : file.source);
}

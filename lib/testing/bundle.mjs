/**
 * Puts what the build has made of this folder into a file for each entry point, and one for what these share: a test runner
 * loads it anew for each file of tests, and a hundred files take longer to find than to read.
 */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { rolldown } from 'rolldown';

const folder = resolve(import.meta.dirname, '../../dist/testing');

/** What the library has besides is not copied: the classes of an application and of its tests are the same. */
function isOutside(id, importer) {
  if (!/^[./]/.test(id)) return true;
  return !resolve(importer ?? folder, '..', id).startsWith(folder + sep);
}

const bundle = await rolldown({
  input: Object.fromEntries(['index', 'jest', 'vitest'].map((entry) => [entry, join(folder, `${entry}.js`)])),
  platform: 'node',
  external: isOutside,
  makeAbsoluteExternalsRelative: true,
});
const { output } = await bundle.generate({ format: 'esm', keepNames: true, chunkFileNames: '[name].js' });
for (const file of readdirSync(folder, { recursive: true })) {
  if (/\.js(\.map)?$/.test(file)) rmSync(join(folder, file));
}
for (const { fileName, code } of output) writeFileSync(join(folder, fileName), code);

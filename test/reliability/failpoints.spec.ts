import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileFailpoints, FAILPOINTS, findFailpoints } from '../support/child/failpoints.js';

const ROOT = join(import.meta.dirname, '../..');

function readAll(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8'));
}

describe('The failpoints of the library', () => {
  it('are those that scenarios may name', () => {
    const found = readAll('lib', '.ts').flatMap(findFailpoints);
    // That one is in the listeners of the test's own application.
    expect([...found, 'midHandler'].toSorted()).toEqual([...FAILPOINTS].toSorted());
  });

  it('are calls in the build that children run, and comments in what is published', () => {
    const source = 'function store() {\n  // failpoint: beforeStore\n  call();\n}\n';
    expect(compileFailpoints(source)).toContain("\n  globalThis.failpoint?.('beforeStore');\n");
    expect(compileFailpoints(source).split('\n')).toHaveLength(source.split('\n').length);
    const published = existsSync(join(ROOT, 'dist')) ? readAll('dist', '.js') : readAll('lib', '.ts');
    // However many files it is in.
    expect(published.join('').length).toBeGreaterThan(200_000);
    expect(published.filter((text) => /failpoint\??\.?\(/.test(text))).toEqual([]);
  });
});

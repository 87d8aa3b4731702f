import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '../../../..');
const COMPILED = ['errors', 'pg-boss/embedded'];

/**
 * Compiles the embedded database for processes that run without Jest, where it finds the packages that
 * it needs.
 *
 * @returns the folder that takes the place of `lib`
 */
export function compileEmbedded(): { folder: string; remove(): void } {
  mkdirSync(join(ROOT, 'test/.generated'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, 'test/.generated/embedded-'));
  for (const part of COMPILED) {
    const names = readdirSync(join(ROOT, 'lib', part), { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((name) => name.endsWith('.ts'))) {
      const target = join(folder, part, name.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, transpile(readFileSync(join(ROOT, 'lib', part, name), 'utf8')));
    }
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function transpile(source: string): string {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
  return ts.transpileModule(source, { compilerOptions }).outputText;
}

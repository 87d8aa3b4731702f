import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A block of TypeScript in a page of the documentation. */
export interface CodeBlock {
  /** Page and line, as an editor would show it. */
  readonly at: string;
  /** The name of the file it is made into. */
  readonly file: string;
  readonly code: string;
  /** What it prints, where it is to be run: the text block after it. */
  readonly output: string | undefined;
}

const BLOCK = /^```ts( run)?\n(.*?)^```$(?:\n\n^```text\n(.*?)^```$)?/gms;

/** Every block of the README, of the samples' READMEs and of `docs/`. */
export function readCodeBlocks(root: string): CodeBlock[] {
  const pages = [
    'README.md',
    ...readdirSync(join(root, 'docs')).map((page) => `docs/${page}`),
    ...readdirSync(join(root, 'sample')).map((sample) => `sample/${sample}/README.md`),
  ];
  return pages.flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8');
    return [...text.matchAll(BLOCK)].map(({ 1: run, 2: code = '', 3: output = '', index }) => {
      const line = text.slice(0, index).split('\n').length + 1;
      return {
        at: `${page}:${line}`,
        file: `${page.replace(/\W+/g, '-')}-${line}.ts`,
        code,
        output: run === undefined ? undefined : output,
      };
    });
  });
}

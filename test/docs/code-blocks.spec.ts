import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { compile } from '../support/compile.js';
import { readCodeBlocks } from './code-blocks.js';

const root = join(import.meta.dirname, '../..');
// Of its own: other tests keep what they have compiled beside it, and run at the same time.
const generated = join(root, 'test/.generated/docs');
const blocks = readCodeBlocks(root);

beforeAll(() => {
  rmSync(generated, { recursive: true, force: true });
  mkdirSync(generated, { recursive: true });
  for (const { file, code } of blocks) writeFileSync(join(generated, file), code);
});

afterEach(() => {
  jest.restoreAllMocks();
  Logger.overrideLogger(['error']);
});

it('There are code blocks, some of which are run', () => {
  expect(blocks.length).toBeGreaterThan(10);
  expect(blocks.filter(({ output }) => output !== undefined).length).toBeGreaterThan(4);
});

/** A block that adds to the names of drivers would add to those of all others in its program. */
const [registering, others] = [
  blocks.filter(({ code }) => code.includes('declare module')),
  blocks.filter(({ code }) => !code.includes('declare module')),
];

it.each([
  ['that register the names of drivers', registering],
  ['that do not', others],
])('All code blocks %s compile', (_name, chosen) => {
  expect(
    compile(
      root,
      chosen.map(({ file }) => join(generated, file)),
      { noUnusedLocals: false },
    ),
  ).toEqual([]);
});

it.each(blocks.filter(({ output }) => output !== undefined))(
  'The program at $at prints what it says',
  async ({ file, output }) => {
    const printed: string[] = [];
    jest.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
      printed.push(
        values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' ') + '\n',
      );
    });
    // What is logged on the way is of no interest.
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    await import(join(generated, file));
    expect(printed.join('')).toBe(output);
  },
);

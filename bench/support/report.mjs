import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { toMarkdown } from './table.mjs';

const FILE = join(import.meta.dirname, '../../docs/performance.md');

/** Puts what was measured in the place of what is between the subject's markers. */
export async function writeReport({ name, about, tables, notes }) {
  const text = await readFile(FILE, 'utf8');
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no ${begin} ... ${end}`);
  const section = [`_${about}_`, ...tables.map(toMarkdown), ...notes.map((note) => `- ${note}`)].join('\n\n');
  const replaced = `${text.slice(0, from + begin.length)}\n\n${section}\n\n${text.slice(to)}`;
  const options = await resolveConfig(FILE);
  await writeFile(FILE, await format(replaced, { ...options, parser: 'markdown' }));
}

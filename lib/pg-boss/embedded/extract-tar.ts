import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const BLOCK = 512;

/** Writes the files of a tar archive that PGlite made into a new folder, for this user only. */
export async function extractTar(tar: Buffer, folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  for (const { name, isFolder, content } of readTar(tar)) {
    const path = join(folder, name);
    await mkdir(isFolder ? path : dirname(path), { recursive: true, mode: 0o700 });
    if (!isFolder) await writeFile(path, content, { mode: 0o600 });
  }
}

interface TarEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly content: Buffer;
}

/** Reads what there is in such archives: plain files and folders, with names of up to 100 characters. */
function* readTar(tar: Buffer): Generator<TarEntry> {
  let at = 0;
  while (at + BLOCK <= tar.length && tar[at] !== 0) {
    const header = tar.subarray(at, at + BLOCK);
    const name = readText(header, 0, 100);
    const size = Number.parseInt(readText(header, 124, 12), 8);
    const type = readText(header, 156, 1);
    const end = at + BLOCK + size;
    const isWrong = !/^[05]?$/.test(type) || !(end <= tar.length) || name.split('/').includes('..');
    if (isWrong) throw new Error(`Cannot read the entry '${name}' of the archive`);
    yield { name, isFolder: type === '5', content: tar.subarray(at + BLOCK, end) };
    at = BLOCK + at + Math.ceil(size / BLOCK) * BLOCK;
  }
}

function readText(header: Buffer, start: number, length: number): string {
  const text = header.toString('latin1', start, start + length);
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}

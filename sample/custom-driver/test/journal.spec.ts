import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeliveryBook } from '../src/file-driver/delivery-book.js';
import { Journal } from '../src/file-driver/journal.js';
import type { StoredRecord } from '../src/file-driver/journal-record.js';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'));
  path = join(folder, 'journal.jsonl');
});

afterEach(() => rm(folder, { recursive: true }));

function stored(id: string): StoredRecord {
  return {
    type: 'stored',
    id,
    data: { event: 'paid', version: 1, eventId: id, payload: { id } },
    retries: 3,
    attempts: 0,
  };
}

async function open(compactAfter = 1000): Promise<{ journal: Journal; book: DeliveryBook }> {
  const book = new DeliveryBook(compactAfter);
  return { book, journal: await Journal.open(path, book, compactAfter) };
}

/** Which deliveries there are for whoever opens the journal next. */
async function reopen(): Promise<string[]> {
  const { journal, book } = await open();
  await journal.close();
  return book.getAll().map(({ id }) => id);
}

it('has what was appended when it is opened again', async () => {
  const { journal } = await open();
  await journal.append([stored('a'), stored('b')]);
  await journal.append([{ type: 'done', id: 'a' }]);
  await journal.close();
  expect(await reopen()).toEqual(['b']);
});

it('has on the disk what an append has resolved for', async () => {
  const { journal } = await open();
  await journal.append([stored('a')]);
  expect(await readFile(path, 'utf8')).toBe(`${JSON.stringify([stored('a')])}\n`);
  await journal.close();
});

it('writes what many append at a time in order, a line for each', async () => {
  const { journal } = await open();
  const ids = Array.from({ length: 200 }, (_, index) => String(index));
  await Promise.all(ids.map((id) => journal.append([stored(id)])));
  await journal.close();
  expect(await reopen()).toEqual(ids);
  expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(201);
});

it('leaves out a line that a crash has cut off, all of it, and goes on after what is before', async () => {
  const { journal } = await open();
  await journal.append([stored('a')]);
  await journal.close();
  const line = JSON.stringify([stored('b'), stored('c')]);
  await appendFile(path, line.slice(0, -10));
  const { journal: second } = await open();
  await second.append([stored('d')]);
  await second.close();
  expect(await reopen()).toEqual(['a', 'd']);
});

it('leaves out what a crash of the machine has left at the end', async () => {
  const { journal } = await open();
  await journal.append([stored('a')]);
  await journal.close();
  await appendFile(path, `${'\0'.repeat(100)}\n${'\0'.repeat(10)}`);
  expect(await reopen()).toEqual(['a']);
});

it('refuses a file that is damaged in its middle, and leaves it as it is', async () => {
  const text = `${JSON.stringify([stored('a')])}\n{"half"\n${JSON.stringify([stored('b')])}\n`;
  await writeFile(path, text);
  await expect(open()).rejects.toThrow(`Line 2 of '${path}' is no line of a journal`);
  expect(await readFile(path, 'utf8')).toBe(text);
});

it('is written anew with what is needed, once there is more that is not', async () => {
  const { journal, book } = await open(10);
  await journal.append([stored('kept')]);
  for (let index = 0; index < 100; index++) {
    await journal.append([stored(String(index))]);
    await journal.append([{ type: 'done', id: String(index) }]);
  }
  await journal.close();
  expect((await readFile(path, 'utf8')).split('\n').length).toBeLessThan(60);
  expect(await reopen()).toEqual(['kept']);
  // What was done last is remembered, and the rest forgotten.
  expect([book.has('99'), book.has('0')]).toEqual([true, false]);
});

it('loses nothing that is appended while it is written anew', async () => {
  const { journal } = await open(5);
  const appended: Promise<void>[] = [];
  const kept: string[] = [];
  for (let index = 0; index < 300; index++) {
    const id = String(index);
    appended.push(journal.append([stored(id)]));
    if (index % 3 === 0) kept.push(id);
    else appended.push(journal.append([{ type: 'done', id }]));
    if (index % 7 === 0) await appended.at(-1);
  }
  await Promise.all(appended);
  await journal.close();
  expect((await reopen()).toSorted()).toEqual(kept.toSorted());
});

it('takes no notice of a file that was being written anew at a crash', async () => {
  const { journal } = await open();
  await journal.append([stored('a')]);
  await journal.close();
  await writeFile(`${path}.next`, `${JSON.stringify([stored('half')])}\n`);
  expect(await reopen()).toEqual(['a']);
  await expect(stat(`${path}.next`)).rejects.toThrow('ENOENT');
});

it('says of what cannot be written that it is not stored', async () => {
  const { journal } = await open();
  await journal.close();
  await expect(journal.append([stored('a')])).rejects.toMatchObject({ code: 'EVENTS_NOT_STORED' });
});

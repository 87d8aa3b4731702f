import { join } from 'node:path';
import { itWith, SmallDisk } from '../../../test/support/small-disk.js';
import { DeliveryBook } from '../src/file-driver/delivery-book.js';
import { Journal } from '../src/file-driver/journal.js';
import type { StoredRecord } from '../src/file-driver/journal-record.js';

const disk = new SmallDisk('1m');
const path = join(disk.path, 'journal.jsonl');

afterAll(() => disk.remove());

function stored(id: string, text = ''): StoredRecord {
  const data = { event: 'paid', version: 1, eventId: id, payload: { text } };
  return { type: 'stored', id, data, retries: 3, attempts: 0 };
}

async function open(): Promise<{ journal: Journal; book: DeliveryBook }> {
  const book = new DeliveryBook(1000);
  return { book, journal: await Journal.open(path, book, 1000) };
}

itWith(
  disk.problem,
  'says that nothing is stored when the disk is full, and goes on when it is not',
  async () => {
    const { journal } = await open();
    await journal.append([stored('before')]);
    disk.fill();
    // Many lines in one write, of which the disk takes some.
    const appended = Array.from({ length: 100 }, (_, index) =>
      journal.append([stored(`${index}`, 'x'.repeat(1000))]),
    );
    for (const refused of await Promise.allSettled(appended)) {
      expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'EVENTS_NOT_STORED' } });
    }
    disk.makeRoom();
    await journal.append([stored('after')]);
    await journal.close();
    const { journal: next, book } = await open();
    await next.close();
    expect(book.getAll().map(({ id }) => id)).toEqual(['before', 'after']);
  },
);

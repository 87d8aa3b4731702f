import { jest } from '@jest/globals';
import { Deadline } from '../../../lib/pg-boss/postgres/deadline.js';
import { Lease } from '../../../lib/pg-boss/postgres/lease.js';
import type {
  PostgresClient,
  Statement,
  StatementResult,
} from '../../../lib/pg-boss/postgres/postgres.types.js';
import { beginTransaction } from '../../../lib/pg-boss/postgres/transaction.js';
import { fakeTimers, settle } from '../../support/drivers.js';

/** A client of `pg` that answers when the test says so. */
function createLease() {
  const asked: { text: string; answer: (result: StatementResult) => void }[] = [];
  const release = jest.fn<PostgresClient['release']>();
  const client: PostgresClient = {
    query: ({ text }: Statement) =>
      new Promise((resolve) => {
        asked.push({ text, answer: resolve });
      }),
    release,
    on: () => undefined,
    removeListener: () => undefined,
  };
  const owner = { name: 'a server', onError: jest.fn(), onSilence: jest.fn(), onEnd: jest.fn() };
  return { lease: new Lease(client, owner), asked, release };
}

beforeEach(fakeTimers);

it('a connection is asked one thing after another', async () => {
  const { lease, asked } = createLease();
  const texts = ['SELECT 1', 'SELECT 2'];
  const results = texts.map((text) => lease.run({ text }, new Deadline(1000)));
  await settle();
  expect(asked.map(({ text }) => text)).toEqual(['SELECT 1']);
  asked[0]!.answer({ rows: [1] });
  await settle();
  expect(asked.map(({ text }) => text)).toEqual(texts);
  asked[1]!.answer({ rows: [2] });
  expect(await Promise.all(results)).toEqual([{ rows: [1] }, { rows: [2] }]);
});

it('a transaction is given up with its connection where one of its statements does not end', async () => {
  const { lease, asked, release } = createLease();
  const opening = beginTransaction(lease, () => 60_000);
  await settle();
  asked[0]!.answer({ rows: [] });
  const transaction = await opening;
  void Promise.allSettled([transaction.db.executeSql('SELECT pg_sleep(3600)')]);
  await settle();
  const rolledBack = transaction.rollback();
  await jest.advanceTimersByTimeAsync(4999);
  expect(release).not.toHaveBeenCalled();
  await jest.advanceTimersByTimeAsync(1);
  await rolledBack;
  expect(release).toHaveBeenCalledWith(expect.any(Error));
  expect(asked.map(({ text }) => text)).toEqual(['BEGIN', 'SELECT pg_sleep(3600)']);
});

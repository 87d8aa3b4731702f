import { describeFailure, findSecrets, hideSecrets } from '../../lib/cli/describe-failure.js';
import { renderFailed, toFailedDocument } from '../../lib/cli/render/failed-table.js';
import { createProgress } from '../../lib/cli/render/progress.js';
import { renderTable } from '../../lib/cli/render/render-table.js';
import { toJson } from '../../lib/cli/render/to-json.js';
import { UsageError } from '../../lib/cli/usage.error.js';
import type { FailedDelivery } from '../../lib/drivers/failed-store.js';
import { EmbeddedDatabaseInUseError, StoreUnavailableError } from '../../lib/errors/index.js';

describe('A table', () => {
  const columns = [
    { title: 'NAME', value: ({ name }: { name: string; count: number }) => name },
    { title: 'COUNT', value: ({ count }: { name: string; count: number }) => count },
  ];

  test('is as wide as it needs to be, with numbers at their right', () => {
    const rows = [
      { name: 'a', count: 1 },
      { name: 'longer', count: 123_456 },
    ];
    expect(renderTable(columns, rows)).toBe('NAME     COUNT\na            1\nlonger  123456');
  });

  test('is not broken, nor the terminal told anything, by what is stored', () => {
    const rows = [{ name: 'a\u001b[31m\nb\u202ec', count: 1 }];
    expect(renderTable(columns, rows)).toBe('NAME        COUNT\na [31m b c      1');
  });
});

test('JSON has in it what payloads can have', () => {
  const document = {
    n: 10n,
    map: new Map([['a', new Set([1])]]),
    url: new URL('http://a/'),
    at: new Date(0),
  };
  expect(JSON.parse(toJson(document))).toEqual({
    n: '10',
    map: { a: [1] },
    url: 'http://a/',
    at: '1970-01-01T00:00:00.000Z',
  });
});

test('Why a delivery was given up is shown without the passwords that are in it', () => {
  const failed = {
    id: '1',
    driverName: 'queue',
    eventName: 'order.placed',
    attempts: 1,
    failedAt: new Date(0),
    reason: 'cannot reach postgres://me:s3cret@host/db',
  } as FailedDelivery;
  expect(renderFailed([failed])).toContain('cannot reach postgres://me:***@host/db');
  expect(toFailedDocument(failed, false)).toMatchObject({ reason: 'cannot reach postgres://me:***@host/db' });
});

test.each([
  [true, `\r[${'#'.repeat(15)}${'.'.repeat(15)}] 1/2\r\u001b[K`],
  [false, '1 of 2\n'],
])('Progress is a bar where a person looks (%p), else lines', (isTTY, expected) => {
  let printed = '';
  const { report, end } = createProgress({
    stderr: { isTTY, write: (text: string) => (printed += text) },
  } as never);
  report(1, 2);
  end();
  end();
  expect(printed).toBe(expected);
});

describe('A failure', () => {
  test('of a folder that is in use names the way out, however deep it is', () => {
    const inUse = new EmbeddedDatabaseInUseError('/data', '/data.lock', undefined);
    for (const error of [inUse, new StoreUnavailableError('x', inUse.message, inUse)]) {
      expect(describeFailure(error, false)).toMatch(
        /is in use by .*stop the other one.*its service EventQueues\.$/,
      );
    }
  });

  test('has its stacks shown only if asked for', () => {
    const error = new Error('outer', { cause: new TypeError('inner') });
    expect(describeFailure(error, false)).toBe('outer');
    expect(describeFailure(error, true)).toMatch(
      /^outer\nError: outer\n +at [^]*caused by: TypeError: inner\n +at /,
    );
    expect(describeFailure(new UsageError('no'), true)).toBe('no. See: event-drivers --help');
  });

  test('shows no password, wherever it has it from', () => {
    const args = [
      'status',
      '--connection=postgres://me:p%40ssw0rd@host/db',
      '-c',
      'postgres://host/db?password=an0ther',
    ];
    const secrets = findSecrets(args, {
      PGPASSWORD: 'fr0m-env',
      DATABASE_URL: 'postgres://postgres:postgres@host/db',
    });
    expect(hideSecrets('p@ssw0rd p%40ssw0rd an0ther fr0m-env postgres://a:b@c/d password=x', secrets)).toBe(
      '*** *** *** *** postgres://a:***@c/d password=***',
    );
    expect(hideSecrets('PostgreSQL at postgres://postgres:postgres@host/db', secrets)).toBe(
      'PostgreSQL at postgres://postgres:***@host/db',
    );
  });
});

import { closeApps } from '../support/app.js';
import { until } from '../support/until.js';
import { type CliRun, runCli } from './support/run-cli.js';
import { type CliStore, leaveDeadLetters, Office, onEachCliStore } from './support/shop.js';

// An embedded database takes long to create where no template of it has been built.

afterEach(closeApps);

onEachCliStore((store: CliStore) => {
  const cli = (...args: string[]): Promise<CliRun> => runCli([...args, ...store.options()]);
  const json = async (...args: string[]): Promise<Record<string, never>> => {
    const { exitCode, stdout, stderr } = await cli(...args, '--json');
    expect({ exitCode, stderr: stderr.replaceAll(/^\d+ of \d+\n/gm, '') }).toEqual({
      exitCode: 0,
      stderr: '',
    });
    return JSON.parse(stdout) as Record<string, never>;
  };

  beforeAll(async () => leaveDeadLetters(store));

  test('status counts what is where, and changes nothing', async () => {
    const { exitCode, stdout, stderr } = await cli('status');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['DRIVER', 'QUEUE', 'EVENT', 'LISTENER', 'READY', 'DELAYED', 'ACTIVE', 'COMPLETED', 'FAILED'],
      ['shop', 'shop', 'mail.sent', 'office', '0', '0', '0', '0', '1'],
      ['shop', 'shop.orders', 'order.placed', 'office', '0', '0', '0', '0', '2'],
      [''],
    ]);
    expect(await json('status')).toEqual({
      queues: [
        { driver: 'shop', queue: 'shop', paused: false },
        { driver: 'shop', queue: 'shop.orders', paused: false },
      ],
      counts: expect.arrayContaining([
        expect.objectContaining({
          queue: 'shop.orders',
          event: 'order.placed',
          listener: 'office',
          failed: 2,
        }),
      ]),
    });
  });

  test('failed lists what was given up, with its payload only where that is asked for', async () => {
    const { stdout } = await cli('failed');
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^ID +QUEUE +EVENT +LISTENER +ATTEMPTS +FAILED AT +REASON$/);
    expect(lines[1]).toMatch(
      /^[\da-f-]{36} {2}shop\.orders {2}order\.placed {2}office .* 1 {2}\d{4}-.*Z {2}the/,
    );
    expect(lines).toHaveLength(4);
    expect(stdout).not.toMatch(/4111|1970/);
    expect((await cli('failed', '--event', 'mail.sent', '--payload')).stdout).toMatch(
      /\{ card: '4111 1111' \}/,
    );
    const { failed } = await json('failed', '--queue', 'shop.orders', '--payload');
    expect(failed).toEqual([
      {
        id: expect.any(String),
        driver: 'shop',
        queue: 'shop.orders',
        event: 'order.placed',
        eventId: expect.any(String),
        listener: 'office',
        attempts: 1,
        failedAt: expect.any(String),
        reason: 'the printer is broken',
        payload: { no: 1, at: '1970-01-01T00:00:00.000Z' },
      },
      expect.objectContaining({ payload: { no: 2, at: '1970-01-01T00:00:00.000Z' } }),
    ]);
    const few = await cli('failed', '--limit', '2');
    expect(few.stdout.trimEnd().split('\n')).toHaveLength(3);
    expect(few.stderr).toBe('There are more than 2: see --limit.\n');
    expect((await cli('failed', '--before', '2020-01-01')).stdout).toBe('Nothing was given up.\n');
  });

  test('redrive refuses to guess, shows what it would do, and does it', async () => {
    expect(await cli('redrive')).toMatchObject({ exitCode: 2, stdout: '' });
    const preview = await cli('redrive', '--queue', 'shop.orders', '--dry-run');
    expect(preview.stdout).toMatch(/^2 deliveries would be put back:\nID .*\n.*\n.*\n$/);
    expect(await json('redrive', '--all', '--dry-run')).toEqual({ dryRun: true, count: 3 });
    const { failed } = await json('failed', '--event', 'order.placed');
    const [{ id }] = failed as unknown as [{ id: string }];
    expect(await json('redrive', '--id', id)).toEqual({ redriven: 1 });
    expect(await json('redrive', '--id', id)).toEqual({ redriven: 0 });
    const seen = await runCli(['redrive', '--event', 'order.placed', ...store.options()], { isSeen: true });
    expect(seen.stdout).toBe('1 delivery was put back.\n');
    expect(seen.stderr).toBe(`\r[${'#'.repeat(30)}] 1/1\r\u001b[K`);
    const { counts } = await json('status');
    expect(counts).toContainEqual(expect.objectContaining({ queue: 'shop.orders', ready: 2, failed: 0 }));
  });

  test('pause keeps a queue from being worked until resume', async () => {
    expect((await cli('pause', 'shop.orders')).stdout).toBe("Queue 'shop.orders' is paused.\n");
    expect((await cli('status')).stdout).toMatch(/shop\.orders \(paused\)/);
    expect(await cli('pause', 'nowhere')).toMatchObject({
      exitCode: 1,
      stderr: "event-drivers: EventQueues: there is no queue 'nowhere'; there are 'shop', 'shop.orders'\n",
    });
    expect(await json('resume', 'shop.orders')).toEqual({ queue: 'shop.orders', paused: false });
    Office.isPrinterBroken = false;
    const { app } = await store.start();
    const office = app.get(Office);
    await until('what was put back is done', () => office.done.length === 2);
  });

  test('purge asks, and deletes for good', async () => {
    const args = ['purge', '--event', 'mail.sent', ...store.options()];
    expect(await runCli(args)).toMatchObject({
      exitCode: 2,
      stderr: 'event-drivers: there is nobody to ask: confirm it with --yes. See: event-drivers --help\n',
    });
    expect(await runCli(args, { typed: 'no\n' })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'Delete 1 delivery for good? [y/N] event-drivers: nothing was deleted\n',
    });
    expect(await runCli(args, { typed: 'y\n' })).toMatchObject({
      exitCode: 0,
      stdout: '1 delivery was deleted.\n',
    });
    expect(await json('purge', '--all', '--yes')).toEqual({ purged: 0 });
  });

  test('a driver that there is none of is named, with those that there are', async () => {
    expect(await cli('failed', '--driver', 'nobody')).toMatchObject({
      exitCode: 1,
      stderr: "event-drivers: there is no driver 'nobody' with queues in this store; there are 'shop'\n",
    });
  });
});

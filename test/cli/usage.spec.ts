import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMMANDS } from '../../lib/cli/commands.js';
import { groupQueues } from '../../lib/cli/sources/group-queues.js';
import { runCli } from './support/run-cli.js';

const root = join(import.meta.dirname, '../..');

describe('Wrong usage ends with 2, and one line that says what is right', () => {
  test.each([
    [[], 'name a command: status, failed, redrive, purge, pause, resume, explain, migrate, help'],
    [['--json'], 'name a command before its options: status, '],
    [['stauts'], "there is no command 'stauts'; there are status, "],
    [['status', '--nope'], "Unknown option '--nope'"],
    [['status', 'queue'], "'status' takes no argument 'queue'"],
    [
      ['status'],
      'say where the queues are: --module <compiled module>, or --connection <url|folder>, or DATABASE_URL',
    ],
    [['status', '--connection'], "Option '-c, --connection <value>' argument missing"],
    [['status', '--connection', ''], '--connection is empty'],
    [
      ['status', '--connection', 'mysql://me:s3cret@host/db'],
      'the connection must be a URL that begins with postgres:// or redis://, or a folder',
    ],
    [['status', '--connection', 'redis://h', '--schema', 'a'], '--schema is for PostgreSQL'],
    [['status', '--connection', 'postgres://h', '--prefix', 'a'], '--prefix is for Redis'],
    [['migrate', '--connection', 'redis://h'], 'there are no tables to migrate in Redis'],
    [['status', '--connection', 'memory'], 'an embedded database in memory is only seen by its own process'],
    [['status', '--module', 'a.js', '--connection', 'b'], '--module says where the queues are'],
    [['failed', '--limit', '0', '-c', 'x'], "--limit must be a whole number from 1, not '0'"],
    [['failed', '--limit', 'all', '-c', 'x'], "--limit must be a whole number from 1, not 'all'"],
    [['failed', '--before', 'yesterday', '-c', 'x'], '--before must be a time such as 2026-01-31'],
    [['failed', '--before', '2026-13-41', '-c', 'x'], '--before must be a time such as 2026-01-31'],
    [
      ['redrive', '-c', 'x'],
      'say which deliveries: with --id, --driver, --queue, --event, --listener, --before; or --all',
    ],
    [['redrive', '--all', '--event', 'a', '-c', 'x'], '--all and a filter exclude one another'],
    [['purge', '--yes', '-c', 'x'], 'say which deliveries: with --id'],
    [['pause', '-c', 'x'], "'pause' needs an argument: <queue>"],
    [['resume', 'a', 'b', '-c', 'x'], "'resume' takes one argument, and not 'b'"],
    [['explain', 'order.placed'], 'only the application knows: name its module with --module'],
    [['explain', 'order.placed', '--connection', 'x'], "Unknown option '--connection'"],
    [['migrate'], 'say which store: --connection <url|folder>, or DATABASE_URL'],
    [
      ['migrate', '--plan', '--backend', 'mysql'],
      '--backend must be one of postgres, pglite, citus, cockroachdb',
    ],
    [['help', 'nothing'], "there is no command 'nothing'"],
  ])('%j', async (args, message) => {
    const { exitCode, stdout, stderr } = await runCli(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^event-drivers: [^\n]*\. See: event-drivers --help\n$/);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('s3cret');
  });
});

describe('Help', () => {
  test('lists all commands', async () => {
    const { exitCode, stdout } = await runCli(['--help']);
    expect(exitCode).toBe(0);
    for (const { name, summary } of COMMANDS)
      expect(stdout).toMatch(new RegExp(`^  ${name} .*${summary.slice(0, 9)}`, 'm'));
    expect((await runCli(['help'])).stdout).toBe(stdout);
  });

  test.each(COMMANDS.map(({ name }) => name))('of %s names all its options', async (name) => {
    const { exitCode, stdout } = await runCli([name, '--help']);
    expect(exitCode).toBe(0);
    const command = COMMANDS.find((known) => known.name === name)!;
    for (const option of Object.keys(command.options)) expect(stdout).toContain(`--${option}`);
    expect((await runCli(['help', name])).stdout).toBe(stdout);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThan(140);
  });

  test('does not wait for options that are missing', async () => {
    expect(await runCli(['pause', '--help'])).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

test('--version prints the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  expect(await runCli(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
});

describe('A failure', () => {
  const connection = 'postgres://me:s3cret-word@127.0.0.1:1/none';

  test('ends with 1 and one line, without the password', async () => {
    const { exitCode, stdout, stderr } = await runCli(['status'], { env: { DATABASE_URL: connection } });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^event-drivers: .*ECONNREFUSED.*\n$/);
    expect(stderr).not.toMatch(/s3cret/);
  });

  test('shows its stack with --debug, without the password', async () => {
    const { stderr } = await runCli(['status', '--debug', '--connection', connection]);
    expect(stderr).toMatch(/\n +at /);
    expect(stderr).not.toMatch(/s3cret/);
  });

  test('to find an embedded database creates none', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'event-drivers-cli-'));
    const { exitCode, stderr } = await runCli(['status', '--connection', 'events'], { directory });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `event-drivers: there is no embedded database in '${join(directory, 'events')}'\n`,
    });
    expect(readdirSync(directory)).toEqual([]);
  });
});

test('Queues belong to the driver with the longest name that fits, and others to nobody', () => {
  const names = ['a', 'a.b', 'a.b.c', 'a.d', 'a/dead', 'a.b/dead', 'jobs', 'ab', '__pgboss__send-it'];
  expect(groupQueues(names)).toEqual([
    { driver: 'a', deadLetterQueue: 'a/dead', queues: ['a', 'a.d'] },
    { driver: 'a.b', deadLetterQueue: 'a.b/dead', queues: ['a.b', 'a.b.c'] },
  ]);
});

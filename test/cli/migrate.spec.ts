import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeApps } from '../support/app.js';
import { DATABASE_URL, describePostgres, useSchema } from '../support/postgres.js';
import { startQueue } from '../support/queue.js';
import { PgBossWorkerCreator } from '../../lib/pg-boss/index.js';
import { runCli } from './support/run-cli.js';

afterEach(closeApps);

describePostgres('migrate, on PostgreSQL', () => {
  const store = useSchema();
  const schema = `${store.name}_new`;
  const env = { DATABASE_URL };
  const migrate = (...args: string[]): ReturnType<typeof runCli> =>
    runCli(['migrate', '--schema', schema, ...args], { env });

  test('creates the tables, shows beforehand how, and finds them up to date afterwards', async () => {
    const refused = await runCli(['status', '--schema', schema], { env });
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(
        /tables are not there.*npx event-drivers migrate --connection <url> --schema/,
      ),
    });
    const plan = await migrate('--plan');
    expect(plan.stdout).toMatch(
      new RegExp(`^-- Creates the tables in schema '${schema}': version \\d+\\.\n[^]*CREATE`),
    );
    expect(await store.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema])).toEqual([]);
    expect((await migrate()).stdout).toMatch(
      /^Created the tables in schema 'test_\w+_new': version \d+\.\n$/,
    );
    expect((await migrate()).stdout).toMatch(/ are up to date: version \d+\.\n$/);
    expect((await migrate('--plan')).stdout).toMatch(/^-- The tables .* are up to date: version \d+\.\n$/);
    expect((await runCli(['status', '--schema', schema], { env })).stdout).toBe('There are no queues.\n');
    expect(await store.query(`SELECT name FROM ${schema}.queue WHERE name NOT LIKE '\\_\\_%'`)).toEqual([]);
  });

  test('brings tables from one version to another', async () => {
    const [{ version }] = (await store.query<{ version: number }>(
      `SELECT version FROM ${schema}.version`,
    )) as [{ version: number }];
    await store.query(`UPDATE ${schema}.version SET version = version + 1`);
    expect(await migrate()).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/knows \d+: update it\n$/),
    });
    // Nothing of the last version's is in the way of its migration: it is written to be run again.
    await store.query(`UPDATE ${schema}.version SET version = ${version - 1}`);
    const { sql, ...plan } = JSON.parse((await migrate('--plan', '--json')).stdout) as Record<
      string,
      unknown
    >;
    expect(plan).toEqual({ schema, from: version - 1, to: version });
    expect(sql).toContain(`SET version = '${version}'`);
    expect(await migrate()).toMatchObject({
      exitCode: 0,
      stdout: `Brought the tables in schema '${schema}' from version ${version - 1} to version ${version}.\n`,
    });
    await store.query(`DROP SCHEMA ${schema} CASCADE`);
  });
});

test('migrate --plan without a store is about a new one', async () => {
  const { exitCode, stdout } = await runCli(['migrate', '--plan', '--schema', 'events']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^-- Creates the tables in schema 'events': version \d+\.\n/);
  expect(stdout).toContain('CREATE TABLE events.job');
  const cockroach = await runCli(['migrate', '--plan', '--schema', 'events', '--backend', 'cockroachdb']);
  expect(cockroach.exitCode).toBe(0);
  expect(cockroach.stdout).not.toBe(stdout);
  expect(cockroach.stdout).not.toMatch(/PARTITION BY/);
});

test('migrate takes no kind of server that the connection is not', async () => {
  const args = ['migrate', '--backend', 'citus', '--connection', join(tmpdir(), 'nowhere')];
  expect(await runCli(args)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/backend is 'citus', but the connection is the embedded database/),
  });
});

describe('An embedded database', () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'event-drivers-cli-')), 'events');
  afterAll(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

  test('is created by migrate, and by nothing else', async () => {
    const args = ['migrate', '--connection', folder];
    expect((await runCli([...args, '--plan'])).stdout).toMatch(/^-- Creates the tables/);
    expect(existsSync(folder)).toBe(false);
    expect((await runCli(args)).stdout).toMatch(/^Created the tables in schema 'pgboss': version \d+\.\n$/);
    expect((await runCli(args)).stdout).toMatch(/ up to date: version/);
  });

  test('that its application has open is in use, which is an error that says what to do', async () => {
    const creator = PgBossWorkerCreator.forRoot({ connection: { embedded: folder } });
    await startQueue({ creator, uniqueName: () => 'shop' });
    const { exitCode, stdout, stderr } = await runCli(['status', '--connection', folder]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^event-drivers: .* is in use by .*stop the other one.*EventQueues\.\n$/);
  });
});

import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { loadModule } from '../../lib/cli/sources/load-module.js';
import { closeApps } from '../support/app.js';
import { DATABASE_URL, describePostgres, useSchema } from '../support/postgres.js';
import { type CliRun, runCli } from './support/run-cli.js';
import { createPostgresStore, leaveDeadLetters } from './support/shop.js';

const fixtures = join(import.meta.dirname, 'fixtures');

function cli(...args: string[]): Promise<CliRun> {
  return runCli([...args, '--module', 'app.module.mjs'], { directory: fixtures });
}

async function nameOf(reference: string): Promise<unknown> {
  return ((await loadModule(reference, fixtures)) as { name: string }).name;
}

afterEach(closeApps);
afterEach(() => Logger.overrideLogger(['error']));

describePostgres('The application of --module', () => {
  const store = useSchema();
  const { name: schema } = store;
  beforeAll(async () => {
    process.env['SHOP_DATABASE'] = DATABASE_URL;
    process.env['SHOP_SCHEMA'] = schema;
    await leaveDeadLetters(createPostgresStore(schema));
  });

  afterAll(() => {
    delete process.env['SHOP_DATABASE'];
    delete process.env['SHOP_SCHEMA'];
  });

  test('has its queues looked into and worked on, but none of them worked', async () => {
    const { exitCode, stdout, stderr } = await cli('redrive', '--queue', 'shop.orders');
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: '2 deliveries were put back.\n',
      stderr: 'the office has opened\n2 of 2\n',
    });
    const status = await cli('status', '--json');
    const { counts } = JSON.parse(status.stdout) as { counts: unknown[] };
    expect(counts).toContainEqual(expect.objectContaining({ event: 'order.placed', ready: 2, active: 0 }));
    expect(process.env['EVENT_DRIVERS_WORKERS']).toBeUndefined();
  });

  test('is asked by explain which way an event goes', async () => {
    const { stdout } = await cli('explain', 'order.placed');
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['order.placed (version 1)'],
      [''],
      ['LISTENER', 'DRIVER', 'STACK', 'QUEUE', 'BECAUSE'],
      ['office', 'shop', 'QueueDriver', 'shop.orders', 'the event names it'],
      [''],
    ]);
    expect(JSON.parse((await cli('explain', 'mail.sent', '--json')).stdout)).toEqual({
      event: 'mail.sent',
      version: 1,
      deliveries: [
        {
          listener: 'office',
          driver: 'sync',
          stack: 'SyncDriver',
          queue: null,
          because: 'it is the defaultDriver',
        },
      ],
    });
    expect(await cli('explain', 'nothing.known')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(
        /event-drivers: explain\(\): the application knows no event 'nothing\.known'.*it knows 'order\.placed'/,
      ),
    });
  });

  test('is asked by explain without its store, and by others without creating it', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'event-drivers-cli-')), 'events of mine');
    process.env['SHOP_DATABASE'] = 'postgres://me@127.0.0.1:1/none';
    const unreachable = await cli('explain', 'order.placed');
    process.env['SHOP_DATABASE'] = DATABASE_URL;
    process.env['SHOP_SCHEMA'] = `${schema}_none`;
    const missing = await cli('status');
    process.env['SHOP_SCHEMA'] = schema;
    process.env['SHOP_FOLDER'] = folder;
    const explained = await cli('explain', 'order.placed');
    const missingFolder = await cli('status');
    delete process.env['SHOP_FOLDER'];
    expect(unreachable).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/QueueDriver +shop\.orders/),
    });
    expect(missing).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/pg-boss's tables are not there/),
    });
    expect(await store.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [`${schema}_none`])).toEqual(
      [],
    );
    expect(explained).toMatchObject({ exitCode: 0, stdout: unreachable.stdout });
    expect(missingFolder).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(
        /embedded database .*events of mine: there is no database in that folder/,
      ),
    });
    expect(existsSync(folder)).toBe(false);
    expect(process.env['EVENT_DRIVERS_STORES']).toBeUndefined();
  });

  test('that cannot start fails the command in one line', async () => {
    process.env['SHOP_DATABASE'] = 'postgres://me:s3cret-word@127.0.0.1:1/none';
    const { exitCode, stderr } = await cli('status');
    process.env['SHOP_DATABASE'] = DATABASE_URL;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^event-drivers: postgres:\/\/me@127\.0\.0\.1:1\/none.*ECONNREFUSED.*\n$/);
  });
});

describe('--module', () => {
  test.each([
    ['app.module.mjs', 'AppModule'],
    ['app.module', 'AppModule'],
    ['app.module.mjs#OtherModule', 'OtherModule'],
    ['several.mjs#Stock', 'Stock'],
    ['by-default.cjs', 'Shop'],
  ])('%s is %s', async (reference, name) => {
    expect(await nameOf(reference)).toBe(name);
  });

  test.each([
    [
      'several.mjs',
      /exports several modules: say which, as in --module '.*several\.mjs#Shop'; there are 'Shop', 'Stock'/,
    ],
    ['several.mjs#Nothing', /exports no module 'Nothing'; it exports 'Shop', 'Stock', 'version'/],
    ['none.mjs', /exports no class with @Module\(\); it exports 'version'/],
    ['nowhere.js', /there is no file '.*nowhere\.js'; build the application first/],
  ])('%s is refused', async (reference, message) => {
    await expect(loadModule(reference, fixtures)).rejects.toThrow(message);
  });

  test('without EventsModule in it is an error that says so', async () => {
    expect(await runCli(['status', '--module', 'several.mjs#Shop'], { directory: fixtures })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^event-drivers: Shop does not import EventsModule, or .*\n$/),
    });
  });
});

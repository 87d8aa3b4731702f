import { closeApps } from '../support/app.js';
import { describeRedis, usePrefix } from '../support/redis.js';
import { until } from '../support/until.js';
import { runCli } from './support/run-cli.js';
import { createRedisStore, leaveDeadLetters, Office } from './support/shop.js';

afterEach(closeApps);

describeRedis('The command line on Redis', () => {
  const store = createRedisStore(usePrefix().prefix);
  const cli = async (...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runCli([...args, ...store.options()]);
    expect({ exitCode, stderr: stderr.replaceAll(/^\d+ of \d+\n/gm, '') }).toEqual({
      exitCode: 0,
      stderr: '',
    });
    return stdout;
  };

  test('counts, lists and redrives what was given up there, without the application', async () => {
    await leaveDeadLetters(store);
    expect((await cli('status')).split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['DRIVER', 'QUEUE', 'EVENT', 'LISTENER', 'READY', 'DELAYED', 'ACTIVE', 'COMPLETED', 'FAILED'],
      ['shop', 'shop', 'mail.sent', 'office', '0', '0', '0', '0', '1'],
      ['shop', 'shop.orders', 'order.placed', 'office', '0', '0', '0', '0', '2'],
      [''],
    ]);
    const [, line] = (await cli('failed', '--event', 'mail.sent', '--payload')).split('\n');
    expect(line).toMatch(/^shop:[\da-f-]{36} +shop +mail\.sent +office .*the printer is broken/);
    const [id] = line!.split(' ');
    expect(await cli('redrive', '--id', id!)).toBe('1 delivery was put back.\n');
    expect(await cli('purge', '--queue', 'shop.orders', '--yes')).toMatch(/^2 deliveries/);
    Office.isPrinterBroken = false;
    const { app } = await store.start();
    const office = app.get(Office);
    await until('the mail is sent', () => office.done.length === 1);
    expect(office.done).toEqual(['mail.sent']);
  });
});

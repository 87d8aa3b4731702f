import { Logger } from '@nestjs/common';
import { closeApps } from '../../support/app.js';
import { BASE, expectToGoOn, useFailingRedis } from '../../support/failing-redis.js';
import { describePrivateRedis } from '../../support/private-redis.js';
import { Task } from '../../support/redis-app.js';
import { until } from '../../support/until.js';

Logger.overrideLogger(false);

afterEach(closeApps);

describePrivateRedis('Redis whose memory is full', () => {
  const redis = useFailingRedis();

  it('makes room of what was kept for long enough, whatever else there is to do', async () => {
    const app = await redis.start({ keepCompleted: '1s' });
    const goOn = app.tasks.holdUp();
    const lost = new Task({ id: 'lost' });
    await app.events.dispatch(lost);
    await until('it runs', () => app.tasks.started.length === 1);
    await redis.server.ask('ZADD', `${BASE}completed`, 1, 'old');
    await redis.removeLock(lost);
    await redis.server.ask('CONFIG', 'SET', 'maxmemory', '1mb');
    await until('it is forgotten', async () => (await redis.server.ask('ZCARD', `${BASE}completed`)) === 0);
    await redis.server.ask('CONFIG', 'SET', 'maxmemory', '0');
    goOn();
    await expectToGoOn(app, 'after');
  });
});

import { Controller, Get, Injectable } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { BaseEvent, EventConfig, EventsModule, OnEvent, QueueDriver } from 'nestjs-event-drivers';
import { InMemoryWorkerCreator } from 'nestjs-event-drivers/testing';
import { syncConfig } from '../support/app.js';

class Happened extends BaseEvent<void> {}

@Injectable()
class Listener {
  @OnEvent(Happened)
  hear(): void {}
}

@Controller('mine')
class MyController {
  @Get()
  get(): string {
    return 'mine';
  }
}

/** The paths that something answers, as Express knows them. */
function listRoutes(app: NestExpressApplication): string[] {
  const { router } = app.getHttpAdapter().getInstance() as unknown as {
    router: { stack: readonly { route?: { path: string } }[] };
  };
  return router.stack.flatMap(({ route }) => (route === undefined ? [] : [route.path]));
}

it('An application with queues has no route that is not its own', async () => {
  const queue = EventConfig.createConfigDriver(QueueDriver, { workerCreator: InMemoryWorkerCreator });
  const module = await Test.createTestingModule({
    imports: [EventsModule.forRoot(syncConfig({ defaultDriver: 'queue', drivers: { queue } }))],
    controllers: [MyController],
    providers: [Listener],
  }).compile();
  const app = module.createNestApplication<NestExpressApplication>();
  await app.listen(0, '127.0.0.1');
  expect(listRoutes(app)).toEqual(['/mine']);
  const url = await app.getUrl();
  expect((await fetch(`${url}/mine`)).status).toBe(200);
  for (const path of [
    '',
    'events',
    'queues',
    'admin',
    'dashboard',
    'event-drivers',
    'failed',
    'health',
    'metrics',
  ]) {
    for (const method of ['GET', 'POST', 'DELETE']) {
      expect({ path, method, status: (await fetch(`${url}/${path}`, { method })).status }).toEqual({
        path,
        method,
        status: 404,
      });
    }
  }
  await app.close();
});

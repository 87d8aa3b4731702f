// Works a queue on PostgreSQL that another process puts rows into, in a process that makes no code of text, and tells what
// has been delivered and which modules have been loaded since it was ready. The arguments are the address and the schema.
import { registerHooks } from 'node:module';
import { Injectable, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  BaseEvent,
  Event,
  EventConfig,
  EventQueues,
  EventService,
  EventsModule,
  OnEvent,
  QueueDriver,
} from 'nestjs-event-drivers';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';

const [url = '', schema = '', redis = '', prefix = ''] = process.argv.slice(2);
const heard: unknown[] = [];
const loaded: string[] = [];

@Event({ name: 'order.placed' })
class OrderPlaced extends BaseEvent<unknown> {}

@Injectable()
class Shop {
  @OnEvent(OrderPlaced, { id: 'shop' })
  hear(event: OrderPlaced): void {
    heard.push(event.getPayload());
  }
}

function queueOn(workerCreator: object) {
  return EventConfig.createConfigDriver(QueueDriver, {
    workerCreator,
    retries: 0,
    pollIntervalMs: 100,
  } as never);
}

@Module({
  imports: [
    EventsModule.forRoot({
      defaultDriver: 'queue',
      drivers: {
        queue: queueOn(PgBossWorkerCreator.forRoot({ connection: url, schema })),
        embedded: queueOn(PgBossWorkerCreator.forRoot({ connection: { embedded: 'memory' } })),
        redis: queueOn(BullMqWorkerCreator.forRoot({ connection: redis, prefix })),
      },
    }),
  ],
  providers: [Shop],
})
class AppModule {}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
Logger.overrideLogger(false);
const events = app.get(EventService);
const queues = app.get(EventQueues);
// What is needed only once something is dispatched or fails is loaded by then.
for (const driver of ['queue', 'embedded', 'redis']) {
  await events.dispatch(new OrderPlaced({ at: new Date(0), of: driver }), driver);
}
await until(() => heard.length === 3);

registerHooks({
  resolve(specifier, context, next) {
    // A connection to PostgreSQL asks for it each time.
    if (specifier !== 'net') loaded.push(specifier);
    return next(specifier, context);
  },
});
process.once('message', (expected: { failed: number; heard: number }) => {
  void until(
    async () =>
      (await queues.listFailed({}, 1000)).length >= expected.failed && heard.length >= expected.heard,
  )
    .then(async () => {
      const reasons = (await queues.listFailed({}, 1000)).map(({ reason }) => reason);
      const isMakingCode = (() => {
        try {
          return typeof Reflect.construct(Function, ['return true']) === 'function';
        } catch {
          return false;
        }
      })();
      process.send!({ reasons, heard: heard.length, loaded, isMakingCode });
      return app.close();
    })
    .then(() => process.disconnect());
});
process.send!('ready');

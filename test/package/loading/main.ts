// Tells what importing the library loads beyond what NestJS has loaded, and whether its entry points have the same classes.
import 'reflect-metadata';
import { registerHooks } from 'node:module';

await import('@nestjs/common');
await import('@nestjs/core');

const loaded: string[] = [];
const hooks = registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});
const { EventsModule, WorkerCreator } = await import('nestjs-event-drivers');
hooks.deregister();

const { BullMqWorkerCreator } = await import('nestjs-event-drivers/bullmq');
const { PgBossWorkerCreator } = await import('nestjs-event-drivers/pg-boss');
const { InMemoryWorkerCreator } = await import('nestjs-event-drivers/testing');
const engines = [BullMqWorkerCreator, PgBossWorkerCreator, InMemoryWorkerCreator];
console.log(
  JSON.stringify({
    loaded,
    names: [EventsModule, WorkerCreator, ...engines].map(({ name }) => name),
    strangers: engines
      .filter((engine) => !(engine.prototype instanceof WorkerCreator))
      .map(({ name }) => name),
  }),
);

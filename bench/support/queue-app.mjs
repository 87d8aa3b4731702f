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
import { defer } from './clean-up.mjs';
import { createModule, decorateMethod, toProvider } from './decorate.mjs';

/** In a queue that nobody works. */
export class Stored extends BaseEvent {}
Event({ name: 'stored', queue: 'stored' })(Stored);

export class Worked extends BaseEvent {}
Event({ name: 'worked' })(Worked);

let onWorked = () => {};

/** Who is told of each delivery of {@link Worked}, with its payload. */
export function setHandler(handler) {
  onWorked = handler;
}

class Listener {
  async stored() {}
  async worked(event) {
    onWorked(event.getPayload());
  }
}
decorateMethod(Listener, 'stored', OnEvent(Stored));
decorateMethod(Listener, 'worked', OnEvent(Worked));
toProvider(Listener, 'Listener');

/** An application with a queue of that engine, with the defaults of `QueueDriver` unless told otherwise. */
export async function startQueueApp(engine, options = {}, { workers = ['default'] } = {}) {
  const { creator: workerCreator, onStarted } = engine;
  const AppModule = createModule({
    imports: [
      EventsModule.forRoot({
        defaultDriver: 'queue',
        workers,
        drivers: { queue: EventConfig.createConfigDriver(QueueDriver, { workerCreator, ...options }) },
      }),
    ],
    providers: [Listener],
  });
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
  defer(() => app.close());
  await onStarted?.();
  const queues = app.get(EventQueues);
  return { app, events: app.get(EventService), queues, settle: () => settle(queues) };
}

/** Resolves once what has been handled is recorded as well. */
async function settle(queues) {
  for (;;) {
    const counts = await queues.count();
    if (counts.every(({ ready, active }) => ready + active === 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

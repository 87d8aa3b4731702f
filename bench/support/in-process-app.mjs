import { NestFactory } from '@nestjs/core';
import { CqrsModule, EventBus, EventsHandler } from '@nestjs/cqrs';
import { EventEmitter2, EventEmitterModule, OnEvent as OnEmitted } from '@nestjs/event-emitter';
import { EventConfig, EventService, EventsModule, OnEvent, SyncDriver } from 'nestjs-event-drivers';
import { createModule, decorateMethod, toProvider } from './decorate.mjs';

let created = 0;

/** A listener in a class of its own, as in an application; heard through this library and through event-emitter. */
export function createListener(event, emitted, on) {
  class Listener {}
  Object.defineProperty(Listener.prototype, 'on', { value: on, writable: true, configurable: true });
  decorateMethod(Listener, 'on', OnEmitted(emitted), OnEvent(event));
  return toProvider(Listener, `Listener${created++}`);
}

/** The same for cqrs, which wants classes of another kind. */
export function createHandler(event, handle) {
  class Handler {}
  Object.defineProperty(Handler.prototype, 'handle', { value: handle, writable: true, configurable: true });
  EventsHandler(event)(Handler);
  return toProvider(Handler, `Handler${created++}`);
}

export const SYNC = { sync: EventConfig.createConfigDriver(SyncDriver) };

/** An application with all three ways to tell listeners. */
export async function startInProcessApp(providers, { defaultDriver = 'sync', drivers = SYNC } = {}) {
  const AppModule = createModule({
    imports: [
      EventEmitterModule.forRoot(),
      CqrsModule.forRoot(),
      EventsModule.forRoot({ defaultDriver, drivers }),
    ],
    providers,
  });
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
  return {
    app,
    service: app.get(EventService),
    emitter: app.get(EventEmitter2),
    bus: app.get(EventBus),
  };
}

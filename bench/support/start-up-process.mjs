/** `start-up-process.mjs <import|list|create> <what>`: how many milliseconds that takes, or what it loads. */
import 'reflect-metadata';
import { registerHooks } from 'node:module';
import * as common from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

const PROVIDERS = 500;
const METHODS = 5;
/** Of how many providers one has a listener. */
const EVERY = 10;

async function time(action) {
  const startedAt = performance.now();
  await action();
  return performance.now() - startedAt;
}

/** @returns the URLs of the modules that an import loads */
async function list(name) {
  const urls = new Set();
  registerHooks({
    load: (url, context, next) => {
      urls.add(url);
      return next(url, context);
    },
  });
  await import(name);
  return [...urls].filter((url) => !url.startsWith('node:'));
}

/** Providers with methods, some of which are listeners, whoever is to find them. */
function createProviders({ BaseEvent, OnEvent }, OnEmitted) {
  return Array.from({ length: PROVIDERS }, (_, index) => {
    class Provider {}
    for (let no = 0; no < METHODS; no++) {
      Object.defineProperty(Provider.prototype, `method${no}`, { value: () => {}, configurable: true });
    }
    if (index % EVERY === 0) {
      class Happened extends BaseEvent {}
      Object.defineProperty(Happened, 'name', { value: `Happened${index}` });
      const descriptor = Object.getOwnPropertyDescriptor(Provider.prototype, 'method0');
      OnEvent(Happened)(Provider.prototype, 'method0', descriptor);
      OnEmitted(`happened.${index}`)(Provider.prototype, 'method0', descriptor);
    }
    Object.defineProperty(Provider, 'name', { value: `Provider${index}` });
    common.Injectable()(Provider);
    return Provider;
  });
}

async function create(what) {
  const events = await import('nestjs-event-drivers');
  const { EventEmitterModule, OnEvent } = await import('@nestjs/event-emitter');
  const { EventsModule, EventConfig, SyncDriver } = events;
  class AppModule {}
  common.Module({ providers: createProviders(events, OnEvent) })(AppModule);
  const sync = EventConfig.createConfigDriver(SyncDriver);
  const imports = {
    without: () => [],
    EventsModule: () => [EventsModule.forRoot({ defaultDriver: 'sync', drivers: { sync } })],
    EventEmitterModule: () => [EventEmitterModule.forRoot()],
  }[what];
  class RootModule {}
  return time(async () => {
    common.Module({ imports: [AppModule, ...imports()] })(RootModule);
    await NestFactory.createApplicationContext(RootModule, { logger: ['error'] });
  });
}

const [, , action, what] = process.argv;
const answer = { import: () => time(() => import(what)), list: () => list(what), create: () => create(what) };
process.send(await answer[action](), () => process.exit());

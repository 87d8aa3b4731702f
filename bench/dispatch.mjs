/**
 * `dispatch()` beside a direct call and what a user would pick instead, in one process, alternating. Each
 * contender really calls its listeners, and is awaited until they are done.
 */
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule, EventBus, EventsHandler } from '@nestjs/cqrs';
import { EventEmitter2, EventEmitterModule, OnEvent as OnEmitted } from '@nestjs/event-emitter';
import {
  BaseEvent,
  EventConfig,
  EventService,
  EventsModule,
  OnEvent,
  SyncDriver,
} from 'nestjs-event-drivers';

const ROUNDS = Number(process.env.ROUNDS ?? 25);
const WARM_UP = 5;
const TARGET_MS = 40;

/** Applies decorators to a method of a class, which plain JavaScript has no syntax for yet. */
function decorateMethod(target, key, ...decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(target.prototype, key);
  for (const decorator of decorators) decorator(target.prototype, key, descriptor);
}

let handled = 0;
let pending;

/** Listeners in classes of their own, as they are in an application; each heard by all contenders. */
function createListener(name, emitted, event) {
  class Listener {
    async on() {
      handled++;
    }
  }
  Object.defineProperty(Listener, 'name', { value: name });
  decorateMethod(Listener, 'on', OnEmitted(emitted), OnEvent(event));
  Injectable()(Listener);
  return Listener;
}

/** `EventBus.publish()` does not say when handlers are done; they say it themselves. */
function createHandler(name, event) {
  class Handler {
    async handle() {
      handled++;
      if (--pending.left === 0) pending.resolve();
    }
  }
  Object.defineProperty(Handler, 'name', { value: name });
  EventsHandler(event)(Handler);
  Injectable()(Handler);
  return Handler;
}

async function createContenders(count) {
  const emitted = `happened.${count}`;
  class Happened extends BaseEvent {}
  class Published {}
  const listeners = Array.from({ length: count }, (_, i) =>
    createListener(`Listener${count}${i}`, emitted, Happened),
  );
  const handlers = Array.from({ length: count }, (_, i) => createHandler(`Handler${count}${i}`, Published));
  class AppModule {}
  Module({
    imports: [
      EventEmitterModule.forRoot(),
      CqrsModule.forRoot(),
      EventsModule.forRoot({
        defaultDriver: SyncDriver,
        drivers: { sync: EventConfig.createConfigDriver(SyncDriver) },
      }),
    ],
    providers: [...listeners, ...handlers],
  })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  await app.init();

  const instances = listeners.map((listener) => app.get(listener));
  const [a, b, c, d, e] = instances;
  const service = app.get(EventService);
  const emitter = app.get(EventEmitter2);
  const bus = app.get(EventBus);
  const event = new Happened();
  const published = new Published();
  const contenders =
    count === 1
      ? { 'direct await': async (n) => { for (let i = 0; i < n; i++) await a.on(event); } } // prettier-ignore
      : {
          'direct, five awaits': async (n) => {
            for (let i = 0; i < n; i++) {
              await a.on(event);
              await b.on(event);
              await c.on(event);
              await d.on(event);
              await e.on(event);
            }
          },
          'direct, Promise.all': async (n) => {
            for (let i = 0; i < n; i++) {
              await Promise.all([a.on(event), b.on(event), c.on(event), d.on(event), e.on(event)]);
            }
          },
        };
  return {
    app,
    contenders: {
      ...contenders,
      'nestjs-event-drivers dispatch': async (n) => {
        for (let i = 0; i < n; i++) await service.dispatch(event);
      },
      '@nestjs/event-emitter emitAsync': async (n) => {
        for (let i = 0; i < n; i++) await emitter.emitAsync(emitted, event);
      },
      '@nestjs/cqrs publish, until handled': async (n) => {
        for (let i = 0; i < n; i++) {
          await new Promise((resolve) => {
            pending = { left: count, resolve };
            bus.publish(published);
          });
        }
      },
    },
  };
}

async function time(contender, n) {
  const startedAt = process.hrtime.bigint();
  await contender(n);
  return Number(process.hrtime.bigint() - startedAt) / n;
}

async function countBytes(contender, n) {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  await contender(n);
  return Math.max(0, process.memoryUsage().heapUsed - before) / n;
}

const at = (sorted, fraction) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))];

async function run(count) {
  const { app, contenders } = await createContenders(count);
  const names = Object.keys(contenders);
  const sizes = {};
  for (const name of names) {
    const before = handled;
    await contenders[name](100);
    if (handled - before !== 100 * count) throw new Error(`${name} did not call its listeners`);
    sizes[name] = Math.max(1000, Math.round((TARGET_MS * 1e6) / (await time(contenders[name], 20_000))));
  }
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS + WARM_UP; round++) {
    // A different one goes first each time.
    for (let index = 0; index < names.length; index++) {
      const name = names[(index + round) % names.length];
      const ns = await time(contenders[name], sizes[name]);
      if (round >= WARM_UP) times[name].push(ns);
    }
  }
  const base = at(
    times[names[0]].toSorted((x, y) => x - y),
    0.5,
  );
  console.log(`\n${count} listener${count === 1 ? '' : 's'}`);
  for (const name of names) {
    const sorted = times[name].toSorted((x, y) => x - y);
    const bytes = globalThis.gc === undefined ? NaN : await countBytes(contenders[name], 5000);
    console.log(
      `  ${name.padEnd(36)} ${at(sorted, 0.5).toFixed(0).padStart(7)} ns ` +
        `(${at(sorted, 0.1).toFixed(0)} to ${at(sorted, 0.9).toFixed(0)})  ` +
        `${(at(sorted, 0.5) / base).toFixed(2).padStart(6)} times ${names[0]}  ${bytes.toFixed(0).padStart(6)} bytes`,
    );
  }
  await app.close();
}

console.log(`Node ${process.version}; median and p10 to p90 of ${ROUNDS} rounds, contenders alternating`);
await run(1);
await run(5);

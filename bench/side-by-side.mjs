/** What benchmarks of durable queues have in common: ours and theirs alternate, and what counts is the ratio. */
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  BaseEvent,
  Event,
  EventConfig,
  EventService,
  EventsModule,
  OnEvent,
  QueueDriver,
} from 'nestjs-event-drivers';

export const payload = { orderId: 4711, customer: 'c-815', total: 19.99, currency: 'EUR' };

export class Stored extends BaseEvent {}
Event({ name: 'stored', queue: 'stored' })(Stored);
export class Worked extends BaseEvent {}
Event({ name: 'worked' })(Worked);

/** How many deliveries have been handled since {@link drain} began, by whom it may be. */
export const handled = { count: 0 };

class Listener {
  async stored() {}
  async worked() {
    handled.count++;
  }
}
for (const [key, event] of [
  ['stored', Stored],
  ['worked', Worked],
]) {
  OnEvent(event)(Listener.prototype, key, Object.getOwnPropertyDescriptor(Listener.prototype, key));
}
Injectable()(Listener);

/** An application with a queue in that store, which is worked, and another one that is only stored in. */
export async function startApp(workerCreator, options = {}) {
  class App {}
  Module({
    imports: [
      EventsModule.forRoot({
        defaultDriver: 'queue',
        workers: ['default'],
        drivers: { queue: EventConfig.createConfigDriver(QueueDriver, { workerCreator, ...options }) },
      }),
    ],
    providers: [Listener],
  })(App);
  const app = await NestFactory.createApplicationContext(App, { logger: ['error'] });
  return { app, events: app.get(EventService) };
}

/** So many callers, each of which does one after another, for about a second. @returns how many a second */
export async function measure(callers, action, milliseconds = 1000) {
  const end = performance.now() + milliseconds;
  let count = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < end) {
        await action();
        count++;
      }
    }),
  );
  return (count / (performance.now() - started)) * 1000;
}

/** Works off so many. @returns how many a second */
export async function drain(count, start) {
  handled.count = 0;
  const started = performance.now();
  const stop = await start();
  while (handled.count < count) await new Promise(setImmediate);
  const perSecond = (count / (performance.now() - started)) * 1000;
  await stop();
  return perSecond;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** A table of medians and of the ratio of each pair. */
export class Comparison {
  rows = [];

  constructor(other) {
    this.other = other;
  }

  add(title, ours, theirs) {
    const ratios = ours.map((value, index) => value / theirs[index]).toSorted((a, b) => a - b);
    this.rows.push({
      title,
      'this library, /s': Math.round(median(ours)),
      [`${this.other}, /s`]: Math.round(median(theirs)),
      ratio: `${median(ratios).toFixed(2)} (${ratios[0].toFixed(2)} to ${ratios.at(-1).toFixed(2)})`,
    });
  }

  print() {
    console.table(this.rows);
  }
}

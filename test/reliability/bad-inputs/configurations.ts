import type { ModuleMetadata, Provider } from '@nestjs/common';
import {
  AsyncDriver,
  BaseEvent,
  DebugDriver,
  Event,
  type EventClass,
  EventConfig,
  EventsModule,
  type EventsModuleOptions,
  FallbackDriver,
  type ListenerOptions,
  MonitoredDriver,
  OnEvent,
  QueueDriver,
  ResilientDriver,
  RetryDriver,
  SyncDriver,
  TimeoutDriver,
} from 'nestjs-event-drivers';
import { BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { DATABASE_URL } from '../../support/postgres.js';

/** What an application is started with, besides drivers that are as they should be. */
export interface Start {
  readonly config?: Partial<EventsModuleOptions>;
  readonly drivers?: Readonly<Record<string, unknown>>;
  readonly providers?: Provider[];
  readonly imports?: ModuleMetadata['imports'];
}

/** Something that keeps an application from starting, and what the error says of it. */
export type WrongConfiguration = readonly [what: string, make: () => Start, message: RegExp];

/** A driver of the application, whatever its options are. */
function entry(driver: unknown, options?: unknown): unknown {
  return { driver, options };
}

function wrong(name: string, driver: unknown, options: unknown, message: RegExp): WrongConfiguration {
  return [
    `${name} with ${describe(options)}`,
    () => ({ drivers: { [name]: entry(driver, options) } }),
    message,
  ];
}

function describe(options: unknown): string {
  return JSON.stringify(options, (_, value: unknown) => (typeof value === 'number' ? String(value) : value));
}

const OF_ALL = /Configured are: 'sync', 'queueOnPostgres', 'queueOnRedis'/;

const engine = PgBossWorkerCreator.forRoot({ connection: { embedded: 'memory' } });

class Heard extends BaseEvent {}

function listenerWith(options: ListenerOptions): Provider {
  class Listener {
    @OnEvent(Heard, options)
    hear(): void {}
  }
  return Listener;
}

function listenerThatIsNone(): Provider {
  class Listener {
    readonly hear = 5;
  }
  OnEvent(Heard)(Listener.prototype, 'hear', undefined as never);
  return Listener;
}

function namesakes(): EventClass[] {
  @Event({ name: 'same' })
  class One extends BaseEvent {}
  @Event({ name: 'same' })
  class Other extends BaseEvent {}
  return [One, Other];
}

@Event({ name: 'lost', driver: 'nowhere' })
class Lost extends BaseEvent {}

/** What does not fit together. */
// prettier-ignore
export const WRONG_PARTS: readonly WrongConfiguration[] = [
  ['no default driver', () => ({ config: { defaultDriver: undefined as never } }), /defaultDriver is missing/],
  ['a default driver that there is none of', () => ({ config: { defaultDriver: 'snyc' } }), OF_ALL],
  ['a driver that is none', () => ({ drivers: { mine: class Mine {} } }), /'mine' is no class that extends BaseDriver.*EventConfig\.createConfigDriver/],
  ['a driver around one that there is none of', () => ({ drivers: { retry: entry(RetryDriver, { driver: 'snyc' }) } }), OF_ALL],
  ['a listener that names no driver', () => ({ providers: [listenerWith({ driver: 'snyc' })] }), OF_ALL],
  ['an event that names no driver', () => ({ config: { events: [Lost] } }), /event Lost names a driver that cannot be found\. There is no driver 'nowhere'/],
  ['a driver that is configured twice', () => ({ imports: [EventsModule.forFeature({ drivers: { sync: EventConfig.createConfigDriver(SyncDriver) } })] }), /'sync' is configured twice; give one another name/],
  ['a driver that falls back to itself', () => ({ drivers: { a: entry(FallbackDriver, { drivers: ['sync', 'a'] }) } }), /in a circle: a -> a/],
  ['drivers that fall back to each other', () => ({ drivers: { a: entry(FallbackDriver, { drivers: ['b', 'sync'] }), b: entry(FallbackDriver, { drivers: ['sync', 'a'] }) } }), /in a circle: a -> b -> a/],
  ['three drivers in a circle', () => ({ drivers: { a: entry(RetryDriver, { driver: 'b' }), b: entry(FallbackDriver, { drivers: ['c', 'sync'] }), c: entry(QueueDriver, { workerCreator: engine, driver: 'a' }) } }), /in a circle: a -> b -> c -> a/],
  ['a queue without an engine', () => ({ drivers: { queue: entry(QueueDriver) } }), /workerCreator is missing; it must be the class of an engine, such as PgBossWorkerCreator/],
  ['a time limit without a time', () => ({ drivers: { timeout: entry(TimeoutDriver) } }), /timeout is missing; it must be a number of milliseconds/],
  ['a fallback without drivers', () => ({ drivers: { fallback: entry(FallbackDriver) } }), /drivers is missing; it must be a list of at least 2/],
  ['two events of one name', () => ({ config: { events: namesakes() } }), /two event classes have the name 'same': One and Other; rename one of them/],
  ['two listeners of one id', () => ({ providers: [listenerWith({ id: 'twin' }), listenerWith({ id: 'twin' })] }), /2 listeners have the id 'twin'.*Give each its own/],
  ['a listener that is no method', () => ({ providers: [listenerThatIsNone()] }), /Listener\.hear.*@OnEvent\(\) goes on a method of an instance/],
  ['workers of a queue that there is none of', () => ({ config: { workers: ['mials'] } }), /'mials'/],
  ['an engine with an option that it has not', () => ({ drivers: { queue: entry(QueueDriver, { workerCreator: PgBossWorkerCreator.forRoot({ shcema: 'x' } as never) }) } }), /'shcema' is no option/],
  ['an engine with an option of the wrong kind', () => ({ drivers: { queue: entry(QueueDriver, { workerCreator: PgBossWorkerCreator.forRoot({ poolSize: -1 }) }) } }), /poolSize must be a whole number from/],
  ['an engine whose schema is none', () => ({ drivers: { queue: entry(QueueDriver, { workerCreator: PgBossWorkerCreator.forRoot({ connection: DATABASE_URL, schema: 'my events' }) }) } }), /schema must be a letter or '_'/],
  ['an engine whose connection is none', () => ({ drivers: { queue: entry(QueueDriver, { workerCreator: BullMqWorkerCreator.forRoot({ connection: 7 as never }) }) } }), /connection: expected a URL such as 'redis:/],
  ['a store that cannot be reached beside one that can', () => ({ drivers: { queue: entry(QueueDriver, { workerCreator: BullMqWorkerCreator.forRoot({ connection: 'redis://127.0.0.1:1' }) }) } }), /redis:\/\/127\.0\.0\.1:1.*ECONNREFUSED/],
];

const COUNTS = [-1, NaN, 1.5, '5', 1e308];

/** Options that are out of range, or of the wrong kind. */
// prettier-ignore
export const WRONG_OPTIONS: readonly WrongConfiguration[] = [
  ...[0, ...COUNTS].flatMap((value) => [
    wrong('queue', QueueDriver, { workerCreator: engine, concurrency: value }, /concurrency must be a whole number from 1/),
    wrong('async', AsyncDriver, { maxConcurrency: value }, /maxConcurrency must be a whole number from 1/),
    wrong('retry', RetryDriver, { maxRetries: value }, /maxRetries must be a whole number from 1/),
    wrong('monitored', MonitoredDriver, { maxSeries: value }, /maxSeries must be a whole number from 1/),
    wrong('debug', DebugDriver, { maxLength: value }, /maxLength must be a whole number from 1/),
  ]),
  ...COUNTS.flatMap((value) => [
    wrong('queue', QueueDriver, { workerCreator: engine, retries: value }, /retries must be a whole number from 0/),
    wrong('async', AsyncDriver, { maxQueueSize: value }, /maxQueueSize must be a whole number from 0, or Infinity/),
  ]),
  ...[0, -1, NaN, Infinity, 1e308, '5'].flatMap((value) => [
    wrong('timeout', TimeoutDriver, { timeout: value }, /timeout must be a number of milliseconds from 1/),
    wrong('queue', QueueDriver, { workerCreator: engine, timeout: value }, /timeout must be a number of milliseconds from 1/),
  ]),
  ...[-1, NaN, 1e308, '5'].flatMap((value) => [
    wrong('retry', RetryDriver, { delayMs: value }, /delayMs must be a number of milliseconds from 0/),
    wrong('queue', QueueDriver, { workerCreator: engine, delayMs: value }, /delayMs must be a number of milliseconds from 0/),
    wrong('queue', QueueDriver, { workerCreator: engine, runAfterSeconds: value }, /runAfterSeconds must be a number of seconds from 0/),
    wrong('resilient', ResilientDriver, { retry: { delayMs: value } }, /retry\.delayMs must be a number of milliseconds from 0/),
  ]),
  wrong('sync', SyncDriver, { fast: true }, /'fast' is no option; there are none/),
  wrong('queue', QueueDriver, { workerCreator: engine, rertries: 3 }, /'rertries' is no option; there are workerCreator, /),
  wrong('retry', RetryDriver, 'fast', /options must be an object, not 'fast'/),
];

// A process with an application that has a durable queue, does what it is told, and keeps a record of it.
import 'reflect-metadata';
import { ConsoleLogger, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  EventConfig,
  EventQueues,
  EventService,
  EventsModule,
  FallbackDriver,
  QueueDriver,
  SyncDriver,
  type WorkerCreator,
} from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { dispatch } from './dispatch.js';
import { arm } from './failpoints.js';
import { Fan } from './fan.js';
import { Outbox } from './outbox.js';
import type { ChildConfig, Command, Report } from './protocol.js';
import { shiftClock } from './shift-clock.js';
import { Booker, Ledgers, Worker } from './task.js';

const config = JSON.parse(process.argv[2]!) as ChildConfig;
const ledgers = new Ledgers(config.ledgers);

if (config.failpoint !== undefined) arm(config.failpoint);
if (config.clockShiftMs !== undefined) shiftClock(config.clockShiftMs);

process.on('unhandledRejection', (reason) => ledgers.write('unhandled', 'rejection', String(reason)));

class LedgerLogger extends ConsoleLogger {
  protected override printMessages(messages: unknown[]): void {
    for (const message of messages) ledgers.write('logged', 'line', String(message).slice(0, 500));
  }

  protected override printStackTrace(): void {
    // Nobody reads it.
  }
}

function tell(report: Report): void {
  if (process.connected) process.send!(report);
}

let outbox: Outbox | undefined;

async function carryOut(
  events: EventService,
  command: Extract<Command, { dispatch: string }>,
): Promise<void> {
  await dispatch(events, ledgers, () => (outbox ??= new Outbox(config, events)), command);
  tell({ dispatched: command.dispatch });
}

function tellRedriven(redriven: number): void {
  tell({ redriven });
}

async function tellCounts(queues: EventQueues): Promise<void> {
  const counted = { open: 0, dead: 0 };
  try {
    for (const { ready, delayed, active, failed } of await queues.count()) {
      counted.open += ready + delayed + active;
      counted.dead += failed;
    }
  } catch {
    // The server may be gone.
    counted.open = -1;
  }
  tell({ counted });
}

async function createEngine(): Promise<new () => WorkerCreator> {
  const { redis, store } = config;
  if (redis === undefined) return PgBossWorkerCreator.forRoot(store);
  const { BullMqWorkerCreator } = await import('nestjs-event-drivers/bullmq');
  return BullMqWorkerCreator.forRoot(redis);
}

function createModule(workerCreator: new () => WorkerCreator): object {
  const {
    store: _,
    redis,
    ledgers: __,
    workers = true,
    shutdownTimeoutMs,
    applications: ___,
    failpoint: ____,
    clockShiftMs: _____,
    ...queue
  } = config;
  // Redis takes part in no transaction.
  const bookers = redis === undefined ? [Booker] : [];
  @Module({
    imports: [
      EventsModule.forRoot({
        defaultDriver: 'queue',
        workers,
        ...(shutdownTimeoutMs === undefined ? {} : { shutdownTimeoutMs }),
        drivers: {
          sync: EventConfig.createConfigDriver(SyncDriver),
          fallback: EventConfig.createConfigDriver(FallbackDriver, { drivers: ['queue', 'sync'] }),
          queue: EventConfig.createConfigDriver(QueueDriver, {
            workerCreator,
            delayMs: 1,
            ...(queue as object),
          }),
        },
      }),
    ],
    providers: [Worker, Fan, ...bookers, { provide: Ledgers, useValue: ledgers }],
  })
  class AppModule {}
  return AppModule;
}

// Whoever started it has ended.
process.once('disconnect', () => process.exit(1));

function leave(): void {
  process.removeAllListeners('disconnect');
  process.disconnect();
}

async function close(apps: readonly INestApplicationContext[]): Promise<void> {
  const since = performance.now();
  await Promise.all(apps.map((app) => app.close()));
  tell({ closed: performance.now() - since });
  leave();
}

async function start(): Promise<INestApplicationContext> {
  const app = await NestFactory.createApplicationContext(createModule(await createEngine()) as never, {
    logger: new LedgerLogger({ logLevels: ['error', 'warn'] }),
    abortOnError: false,
  });
  return app.enableShutdownHooks(['SIGTERM'], { useProcessExit: true });
}

const started = performance.now();
try {
  const apps = await Promise.all(Array.from({ length: config.applications ?? 1 }, start));
  const app = apps[0]!;
  const events = app.get(EventService);
  process.on('message', (command: Command) => {
    if ('dispatch' in command) void carryOut(events, command);
    else if ('redrive' in command) void app.get(EventQueues).redrive({}, { onProgress: tellRedriven });
    else if ('count' in command) void tellCounts(app.get(EventQueues));
    else if ('close' in command) void close(apps);
  });
  tell({ ready: true });
} catch (error) {
  const { message, code } = error as Error & { code?: string };
  const afterMs = performance.now() - started;
  tell({ failed: { message, ...(code === undefined ? {} : { code }), afterMs } });
  // Nothing that is left open may keep it from ending.
  leave();
}

// A process with an application that has a durable queue, does what it is told, and keeps a record of it.
import 'reflect-metadata';
import { ConsoleLogger, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  EventConfig,
  EventQueues,
  EventService,
  EventsModule,
  QueueDriver,
  SyncDriver,
} from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import type { ChildConfig, Command, Report } from './protocol.js';
import { Ledgers, Task, Worker } from './task.js';

const config = JSON.parse(process.argv[2]!) as ChildConfig;
const ledgers = new Ledgers(config.ledgers);

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

function tellRedriven(redriven: number): void {
  tell({ redriven });
}

function createModule(): object {
  const { store, ledgers: _, workers = true, shutdownTimeoutMs, ...queue } = config;
  @Module({
    imports: [
      EventsModule.forRoot({
        defaultDriver: 'queue',
        workers,
        ...(shutdownTimeoutMs === undefined ? {} : { shutdownTimeoutMs }),
        drivers: {
          sync: EventConfig.createConfigDriver(SyncDriver),
          queue: EventConfig.createConfigDriver(QueueDriver, {
            workerCreator: PgBossWorkerCreator.forRoot(store),
            delayMs: 1,
            ...(queue as object),
          }),
        },
      }),
    ],
    providers: [Worker, { provide: Ledgers, useValue: ledgers }],
  })
  class AppModule {}
  return AppModule;
}

async function dispatch(
  events: EventService,
  command: Extract<Command, { dispatch: string }>,
): Promise<void> {
  const { dispatch: prefix, parallel, count = Infinity, batch = 1, pauseMs = 0, payload, options } = command;
  let next = 0;
  const run = async (): Promise<void> => {
    for (;;) {
      if (next >= count) return;
      const ids = Array.from({ length: Math.min(batch, count - next) }, () => `${prefix}-${next++}`);
      const tasks = ids.map((id) => new Task({ ...payload, id }));
      try {
        await (batch === 1
          ? events.dispatch(tasks[0]!, options ?? {})
          : events.dispatchMany(tasks, options ?? {}));
        ledgers.write('acked', ids);
        if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      } catch (error) {
        const { code } = error as { code?: string };
        ledgers.write('rejected', ids, `${code} ${(error as Error).message}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, run));
  tell({ dispatched: prefix });
}

// Whoever started it has ended.
process.once('disconnect', () => process.exit(1));

function leave(): void {
  process.removeAllListeners('disconnect');
  process.disconnect();
}

async function close(app: INestApplicationContext): Promise<void> {
  const since = performance.now();
  await app.close();
  tell({ closed: performance.now() - since });
  leave();
}

const started = performance.now();
try {
  const app = await NestFactory.createApplicationContext(createModule() as never, {
    logger: new LedgerLogger({ logLevels: ['error', 'warn'] }),
    abortOnError: false,
  });
  app.enableShutdownHooks(['SIGTERM'], { useProcessExit: true });
  const events = app.get(EventService);
  process.on('message', (command: Command) => {
    if ('dispatch' in command) void dispatch(events, command);
    else if ('redrive' in command) void app.get(EventQueues).redrive({}, { onProgress: tellRedriven });
    else void close(app);
  });
  tell({ ready: true });
} catch (error) {
  const { message, code } = error as Error & { code?: string };
  const afterMs = performance.now() - started;
  tell({ failed: { message, ...(code === undefined ? {} : { code }), afterMs } });
  // Nothing that is left open may keep it from ending.
  leave();
}

import { Injectable, Logger } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import {
  BaseEvent,
  Event,
  EventConfig,
  EventService,
  type EventsModuleOptions,
  OnEvent,
  QueueDriver,
  type QueueDriverOptions,
} from 'nestjs-event-drivers';
import { type BullMqOptions, BullMqWorkerCreator } from 'nestjs-event-drivers/bullmq';
import { startApp, syncConfig } from './app.js';

@Event({ name: 'task' })
export class Task extends BaseEvent<{ id: string; filler?: string }> {}

/** Records what is done, and lets those wait that a test holds up. */
@Injectable()
export class Tasks {
  readonly started: string[] = [];
  readonly done: string[] = [];
  private gate: PromiseWithResolvers<void> | undefined;

  /** Has what starts from now on wait. @returns what lets it go on */
  holdUp(): () => void {
    const gate = (this.gate = Promise.withResolvers<void>());
    return () => {
      this.gate = undefined;
      gate.resolve();
    };
  }

  @OnEvent(Task, { id: 'worker' })
  async work(task: Task): Promise<void> {
    const { id } = task.getPayload();
    this.started.push(id);
    await this.gate?.promise;
    this.done.push(id);
  }
}

export interface RedisApp {
  readonly app: TestingModule;
  readonly events: EventService;
  readonly tasks: Tasks;
  readonly engine: BullMqWorkerCreator;
}

/** Starts an application whose default driver is `queue`, on Redis. */
export async function startOnRedis(
  redis: BullMqOptions,
  queue: Partial<QueueDriverOptions> = {},
  config: Partial<EventsModuleOptions> = {},
): Promise<RedisApp> {
  const driver = EventConfig.createConfigDriver(QueueDriver, {
    workerCreator: BullMqWorkerCreator.forRoot(redis),
    delayMs: 20,
    pollIntervalMs: 200,
    ...queue,
  });
  const options = syncConfig({
    defaultDriver: 'queue',
    ...config,
    drivers: { queue: driver, ...config.drivers },
  });
  const app = await startApp(options, [Tasks]);
  const events = app.get(EventService);
  // The testing module brings a logger of its own, for errors.
  Logger.overrideLogger(false);
  const engine = events.getDriver<QueueDriver>('queue').getEngine() as BullMqWorkerCreator;
  return { app, events, tasks: app.get(Tasks), engine };
}

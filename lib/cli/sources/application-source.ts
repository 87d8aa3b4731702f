import type { INestApplicationContext, LoggerService, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type StoreAccess, STORES_VARIABLE } from '../../config/stores-variable.js';
import { WORKERS_VARIABLE } from '../../config/workers-variable.js';
import { describeThrown } from '../../errors/describe-thrown.js';
import { EventQueues } from '../../operations/event-queues.js';
import { type ApplicationModule, loadModule } from './load-module.js';
import type { Source } from './source.js';

interface ApplicationOptions {
  /** Which of its stores it opens. */
  readonly stores: StoreAccess;
  readonly directory: string;
  readonly isDetailed: boolean;
  readonly notify: (line: string) => void;
}

/** Starts the application of a module, without working any of its queues. */
export async function openApplication(reference: string, options: ApplicationOptions): Promise<Source> {
  const module = await loadModule(reference, options.directory);
  const app = await withEnvironment(options.stores, () =>
    NestFactory.createApplicationContext(module, { logger: createLogger(options), abortOnError: false }),
  );
  try {
    return createSource(app, module);
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Whatever the configuration says, and the environment: a command is no process that delivers. */
async function withEnvironment<T>(stores: StoreAccess, start: () => Promise<T>): Promise<T> {
  const wanted = { [WORKERS_VARIABLE]: 'false', [STORES_VARIABLE]: stores };
  const before = Object.keys(wanted).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, wanted);
  try {
    return await start();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

function createSource(app: INestApplicationContext, module: ApplicationModule): Source {
  const queues = find(app, EventQueues, module);
  return {
    queues: {
      getQueues: () => queues.getQueues(),
      count: () => queues.count(),
      listFailed: (filter, limit) => queues.listFailed(filter, limit),
      previewRedrive: (filter) => queues.previewRedrive(filter),
      redrive: (filter, options) => queues.redrive(filter, options),
      purge: (filter, options) => queues.purge(filter, options),
      setPaused: (queue, isPaused) => (isPaused ? queues.pause(queue) : queues.resume(queue)),
    },
    explain: (event) => queues.explain(event),
    close: () => app.close(),
  };
}

function find<T>(app: INestApplicationContext, type: Type<T>, module: ApplicationModule): T {
  try {
    return app.get<T>(type, { strict: false });
  } catch (error) {
    const name = typeof module === 'function' ? module.name : module.module.name;
    throw new Error(
      `${name} does not import EventsModule, or imports it from another copy of nestjs-event-drivers than this: ` +
        `run the event-drivers of the application's own node_modules`,
      { cause: error },
    );
  }
}

/** Only what went wrong, and with `--debug` what may; what the application fails to start with is reported anyway. */
function createLogger({ isDetailed, notify }: ApplicationOptions): LoggerService {
  const say = (message: unknown, ...rest: unknown[]): void => {
    if (isDetailed || rest.at(-1) !== 'ExceptionHandler') notify(describeThrown(message));
  };
  return { log: ignore, debug: ignore, verbose: ignore, warn: say, error: say, fatal: say };
}

function ignore(): void {}

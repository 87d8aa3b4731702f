import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { shopConfig, type ShopConfig } from './config/shop.config.js';

/** @returns where it listens */
export async function startHttp(role: { workers: boolean }): Promise<string> {
  const app = await NestFactory.create(AppModule.register(role));
  // Without them, Ctrl+C would drop what is still being delivered in the background.
  app.enableShutdownHooks();
  const { port } = app.get<ShopConfig>(shopConfig.KEY);
  try {
    await app.listen(port);
  } catch (error) {
    return exit(explain(error, port));
  }
  return (await app.getUrl()).replace('[::1]', 'localhost');
}

export async function startWorker(): Promise<void> {
  try {
    const app = await NestFactory.createApplicationContext(AppModule.register({ workers: true }));
    app.enableShutdownHooks();
  } catch (error) {
    exit(explain(error));
  }
}

/** The embedded database cannot be shared by an API and its workers. */
export function requirePostgres(script: string): void {
  if (process.env.DATABASE_URL) return;
  exit(
    `${script} needs a PostgreSQL server, which it shares with the shop's other processes: ` +
      `DATABASE_URL=postgres://user:password@host:5432/database npm run ${script}`,
  );
}

/** The variable wins over what the script says, and a worker without queues would wait for ever. */
export function requireWork(script: string): void {
  if (process.env.EVENT_DRIVERS_WORKERS?.trim() !== 'false') return;
  exit(
    `${script} would work no queue, since EVENT_DRIVERS_WORKERS is 'false': unset it, or use npm run start:api`,
  );
}

function explain(error: unknown, port?: number): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'EADDRINUSE' && port !== undefined
    ? `Port ${port} is taken. Choose another: PORT=${port + 1} npm start`
    : `The shop cannot start: ${message}`;
}

function exit(message: string): never {
  console.error(message);
  process.exit(1);
}

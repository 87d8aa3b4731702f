import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { shopConfig, type ShopConfig } from './config/shop.config.js';
import { createGuide } from './shop.guide.js';

async function start(): Promise<void> {
  const app = await NestFactory.create(AppModule);
  // Without them, Ctrl+C would drop what is still being delivered in the background.
  app.enableShutdownHooks();
  const { port } = app.get<ShopConfig>(shopConfig.KEY);
  try {
    await app.listen(port);
  } catch (error) {
    console.error(explain(error, port));
    process.exit(1);
  }
  console.log(createGuide((await app.getUrl()).replace('[::1]', 'localhost')));
}

function explain(error: unknown, port: number): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'EADDRINUSE'
    ? `Port ${port} is taken. Choose another: PORT=${port + 1} npm start`
    : `The shop cannot listen on port ${port}: ${message}`;
}

await start();

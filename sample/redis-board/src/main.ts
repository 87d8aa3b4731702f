import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { createGuide } from './guide.js';
import { readSettings } from './settings.js';

const settings = readSettings(process.env);
try {
  const app = await NestFactory.create(AppModule.register(settings), { abortOnError: false });
  // Without them, Ctrl+C would cut off what is being delivered.
  app.enableShutdownHooks();
  await app.listen(settings.port);
  const url = (await app.getUrl()).replace('[::1]', 'localhost');
  console.log(createGuide(url, process.pid, settings.boardPassword !== undefined));
} catch (error) {
  console.error(`No orders can be taken: ${(error as Error).message}`);
  process.exitCode = 1;
}

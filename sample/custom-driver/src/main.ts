import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { createGuide } from './guide.js';
import { readSettings } from './settings.js';

const settings = readSettings(process.env);
try {
  const app = await NestFactory.create(AppModule.register(settings), { abortOnError: false });
  // Without them, Ctrl+C would cut off what is being sent.
  app.enableShutdownHooks();
  await app.listen(settings.port);
  console.log(createGuide((await app.getUrl()).replace('[::1]', 'localhost'), process.pid));
} catch (error) {
  console.error(`The postcards cannot be sent: ${(error as Error).message}`);
  process.exitCode = 1;
}

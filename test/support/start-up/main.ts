// Runs a small application under test, and tells what that has loaded beyond what the application needs by itself, and
// what is left that keeps the process alive. The mode of fakeEvents() is the argument.
import { registerHooks } from 'node:module';
import type { EventsMode } from 'nestjs-event-drivers/testing';

const loaded: string[] = [];
registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});

const { startApplication } = await import('./application.js');
await (await startApplication()).close();
const needed = loaded.length;

const { test } = await import('./fake.js');
await test(process.argv[2] as EventsMode);
const added = loaded.slice(needed).filter((url) => url.startsWith('file:') && !url.endsWith('/fake.js'));

// What waits for its turn is over by then.
await new Promise(setImmediate);
console.log(JSON.stringify({ added, left: process.getActiveResourcesInfo() }));

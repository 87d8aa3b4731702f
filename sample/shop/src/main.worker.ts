import { requirePostgres, requireWork, startWorker } from './start.js';

// Delivers what is in the queue. It can be started any number of times.
requirePostgres('start:worker');
requireWork('start:worker');
await startWorker();
console.log(`Sending what is in the queue (pid ${process.pid}), until Ctrl+C`);

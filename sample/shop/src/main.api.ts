import { requirePostgres, startHttp } from './start.js';

// Takes orders, and leaves what is in the queue to workers.
requirePostgres('start:api');
const url = await startHttp({ workers: false });
console.log(`The shop is open at ${url}; its mails are sent by: npm run start:worker`);

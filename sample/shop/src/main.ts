import { createGuide } from './shop.guide.js';
import { startHttp } from './start.js';

// Everything in one process: it takes orders, and delivers what is in the queue.
const url = await startHttp({ workers: true });
console.log(createGuide(url, process.pid));

import { setImmediate as turn } from 'node:timers/promises';

/** What is reachable, in kB. What has just been let go of may take more than one collection. */
export async function measureHeap() {
  for (let time = 0; time < 3; time++) {
    await turn();
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed / 1024;
}

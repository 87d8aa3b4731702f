/** How what a job failed with says that its process died, or was taken for dead. */
export const WORKER_LOST = 'EVENTS_WORKER_LOST';

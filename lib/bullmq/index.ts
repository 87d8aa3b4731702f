export { BullMqWorkerCreator } from './bullmq.worker-creator.js';
export type { BullMqConnection, BullMqOptions, BullMqPassThrough } from './bullmq-options.js';

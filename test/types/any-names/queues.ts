import { EventConfig, type IQueableDriverOptions, QueueDriver } from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';

// The examples of the specification, with the type that it names.
const immediate: IQueableDriverOptions = {
  retries: 3,
  runAfterSeconds: 0,
  workerCreator: PgBossWorkerCreator,
};
const once: IQueableDriverOptions = { ...immediate, retries: 1, runOnce: true };
EventConfig.createConfigDriver(QueueDriver, immediate);
EventConfig.createConfigDriver(QueueDriver, once);
EventConfig.createConfigDriver(QueueDriver, {
  ...immediate,
  workerCreator: PgBossWorkerCreator.forRoot({ connection: { embedded: 'memory' } }),
});
// @ts-expect-error workerCreator is missing
const incomplete: IQueableDriverOptions = { retries: 3, runAfterSeconds: 0 };
void incomplete;

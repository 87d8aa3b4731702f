import { describeThrown } from '../../errors/describe-thrown.js';
import { hasDatabase } from '../../pg-boss/embedded/has-database.js';
import { QueueControls } from '../../operations/queue-controls.js';
import { createQueueOperations } from '../../queue/queue-operations.js';
import { PayloadSerializer } from '../../queue/payload/payload-serializer.js';
import type { WorkerCreator } from '../../queue/worker-creator.js';
import { groupQueues } from './group-queues.js';
import { importOptional } from './import-optional.js';
import type { Source } from './source.js';
import type { RedisStoreOptions, StoreOptions } from './store-options.js';

interface Reporting {
  readonly isDetailed: boolean;
  readonly notify: (line: string) => void;
}

/** Opens a store without its application: nothing is created, migrated, worked or looked after. */
export async function openStore(
  options: StoreOptions | RedisStoreOptions,
  { isDetailed, notify }: Reporting,
): Promise<Source> {
  const engine = await ('prefix' in options ? createRedisEngine(options) : createEngine(options));
  try {
    await importOptional(() =>
      engine.open({
        queues: [],
        isWorker: false,
        strict: false,
        onError: (error) => notify(describeThrown(error)),
        onWarning: (message) => (isDetailed ? notify(message) : undefined),
      }),
    );
    const drivers = await findDrivers(engine);
    return { queues: createControls(drivers), close: () => engine.close() };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

async function createEngine({ connection, schema }: StoreOptions): Promise<WorkerCreator> {
  if (typeof connection === 'object' && !hasDatabase(connection.embedded)) {
    throw new Error(`there is no embedded database in '${connection.embedded}'`);
  }
  const { PgBossWorkerCreator } = await importOptional(() => import('../../pg-boss/index.js'));
  const options = { migrate: false, poolSize: 2, ambientTransactions: false };
  return new PgBossWorkerCreator({ connection, schema, ...options });
}

async function createRedisEngine(options: RedisStoreOptions): Promise<WorkerCreator> {
  const { BullMqWorkerCreator } = await importOptional(() => import('../../bullmq/index.js'));
  return new BullMqWorkerCreator(options);
}

type Drivers = Awaited<ReturnType<typeof findDrivers>>;

async function findDrivers(engine: WorkerCreator) {
  const serializer = await PayloadSerializer.create();
  return groupQueues(await engine.listQueues()).map(({ driver, deadLetterQueue, queues }) => ({
    driver,
    operations: createQueueOperations(driver, engine, deadLetterQueue, queues, serializer),
  }));
}

function createControls(drivers: Drivers): QueueControls {
  return new QueueControls((wanted) => {
    const found = drivers.filter(({ driver }) => wanted === undefined || driver === wanted);
    if (found.length > 0 || wanted === undefined) return found;
    const known = drivers.map(({ driver }) => `'${driver}'`).join(', ');
    throw new Error(`there is no driver '${wanted}' with queues in this store; there are ${known || 'none'}`);
  });
}

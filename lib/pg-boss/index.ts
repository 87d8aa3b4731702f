export { PgBossWorkerCreator } from './pg-boss.worker-creator.js';
export type { PgBossConnection, PgBossOptions } from './pg-boss-options.js';

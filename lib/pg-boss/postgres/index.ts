export { checkServer } from './check-server.js';
export { describeConnection } from './describe-connection.js';
export { openPostgresDatabase } from './open-postgres-database.js';
export type {
  ConnectionConfig,
  OpenedPostgres,
  PostgresClient,
  PostgresDb,
  PostgresOptions,
  PostgresPool,
} from './postgres.types.js';

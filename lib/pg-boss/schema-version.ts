import { getConstructionPlans, type PgBoss } from 'pg-boss';
import { StoreUnavailableError } from '../errors/index.js';

/** The version that the pg-boss that is installed brings tables to. */
export function getTargetVersion(): number {
  // It says so nowhere else.
  const match = /INSERT INTO \w+\.version\s*\(version\) VALUES \('(\d+)'\)/.exec(
    getConstructionPlans('pgboss'),
  );
  if (match === null) throw new Error('pg-boss does not tell its version of the tables');
  return Number(match[1]);
}

/**
 * The version that the tables are of; `undefined` where there are none.
 *
 * @throws {@link StoreUnavailableError} if they are newer than the pg-boss that is installed, which would work them
 * as if they were not
 */
export async function findVersion(
  boss: PgBoss,
  storeName: string,
  schema: string,
): Promise<number | undefined> {
  if (!(await boss.isInstalled())) return undefined;
  const version = (await boss.schemaVersion()) ?? undefined;
  const known = getTargetVersion();
  if (version !== undefined && version > known) {
    throw new StoreUnavailableError(
      storeName,
      `the tables in schema '${schema}' are of version ${version}, and the pg-boss that is installed knows ${known}: update it`,
    );
  }
  return version;
}

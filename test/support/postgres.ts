import { randomBytes } from 'node:crypto';
import { Client, Pool } from 'pg';
import { describeThrown } from '../../lib/errors/index.js';
import { describeNeeding } from './describe-needing.js';

/** The PostgreSQL server that tests use. */
export const DATABASE_URL = process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test';

const problem = await findProblem();

/** Declares tests that need PostgreSQL: skipped where there is none, which fails in continuous integration. */
export function describePostgres(title: string, body: () => void): void {
  describeNeeding('a PostgreSQL server', problem, title, body);
}

/** A schema for the tests of one file, and a way to look into it past everything that is tested. */
export interface TestSchema {
  readonly name: string;
  query<TRow extends object = Record<string, unknown>>(text: string, values?: unknown[]): Promise<TRow[]>;
}

/** Creates a schema for the tests of the enclosing block, and drops it after them. */
export function useSchema(): TestSchema {
  const schema = declareSchema();
  beforeAll(() => schema.query(`CREATE SCHEMA ${schema.name}`));
  return schema;
}

/**
 * Gives each test of the enclosing block an empty schema: what a killed process has left is no other test's, and
 * no later try's.
 */
export function useSchemaOfEach(): TestSchema {
  const schema = declareSchema();
  beforeEach(async () => {
    await schema.query(`DROP SCHEMA IF EXISTS ${schema.name} CASCADE`);
    await schema.query(`CREATE SCHEMA ${schema.name}`);
  });
  return schema;
}

function declareSchema(): TestSchema {
  const schema = nameSchema();
  afterAll(schema.remove);
  return schema;
}

/** A schema that is not there yet, for one test or one store; to be removed by whoever has it. */
export function nameSchema(): TestSchema & { readonly remove: () => Promise<void> } {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const pool = new Pool({ connectionString: DATABASE_URL, max: 3 });
  pool.on('error', () => undefined);
  return {
    name,
    remove: async () => {
      await pool.query(`DROP SCHEMA IF EXISTS ${name} CASCADE`);
      await pool.end();
    },
    async query<TRow extends object>(text: string, values?: unknown[]): Promise<TRow[]> {
      return (await pool.query<TRow>(text, values)).rows;
    },
  };
}

/** Ends the connections of an application on the server's side. @returns how many there were */
export async function terminateConnections(schema: TestSchema, applicationName: string): Promise<number> {
  const rows = await schema.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
    [applicationName],
  );
  return rows.length;
}

async function findProblem(): Promise<string | undefined> {
  const client = new Client({ connectionString: DATABASE_URL, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return undefined;
  } catch (error) {
    return `No PostgreSQL server answers at ${new URL(DATABASE_URL).host}: ${describeThrown(error)}`;
  }
}

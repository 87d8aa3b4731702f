// postgres-schema.mjs check URL: whether a server answers; drop URL SCHEMA: as the name says.
import { Client } from 'pg';

const [action, connectionString, schema] = process.argv.slice(2);
const client = new Client({ connectionString, connectionTimeoutMillis: 5000 });
try {
  await client.connect();
  if (action === 'drop')
    await client.query(`DROP SCHEMA IF EXISTS ${client.escapeIdentifier(schema)} CASCADE`);
} catch (error) {
  console.error(`PostgreSQL: ${error.message || error.code}`);
  process.exitCode = 1;
} finally {
  await client.end();
}

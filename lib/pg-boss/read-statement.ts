import type { Db } from 'pg-boss';

/** What pg-boss would have the server do, the last of it; it is not done. */
export async function readStatement(call: (db: Db) => Promise<unknown>): Promise<string> {
  let statement = '';
  await call({
    executeSql: async (text) => {
      statement = text;
      return { rows: [] };
    },
  });
  return statement;
}

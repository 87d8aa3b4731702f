import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { randomUUID } from 'node:crypto';
import { compileWithLibrary } from '../support/child/compile-child.js';
import { DATABASE_URL, describePostgres, useSchema } from '../support/postgres.js';
import { describeRedis, REDIS_URL, usePrefix } from '../support/redis.js';

interface Report {
  readonly reasons: readonly string[];
  readonly heard: number;
  readonly loaded: readonly string[];
  readonly isMakingCode: boolean;
}

const GOOD = { event: 'order.placed', version: 1, listener: 'shop', payload: { at: 1 } };

/** Rows that ask for code of their choice, in every field. */
function createRows(module: string): object[] {
  const names = [
    module,
    pathToFileURL(module).href,
    'node:child_process',
    'data:text/javascript,process.exit(7)',
  ];
  const payload = {
    class: module,
    __type: module,
    $type: module,
    require: module,
    import: module,
    _$$ND_FUNC$$_: `function () { require('${module}') }()`,
  };
  return [
    ...names.flatMap((name) => [
      { ...GOOD, event: name },
      { ...GOOD, listener: name },
      { ...GOOD, driver: name },
      { ...GOOD, class: name, __type: name, module: name, path: name },
      { ...GOOD, types: [['class', name]] },
      { ...GOOD, types: { at: [['custom', name]] } },
    ]),
    { ...GOOD, payload },
    { ...GOOD, headers: payload },
    { ...GOOD, payload: { constructor: { name: module, constructor: 'return process' } } },
  ];
}

async function work(
  rows: readonly object[],
  insert: (json: string) => Promise<unknown>,
  prefix: string,
  schema: string,
) {
  const script = await compileWithLibrary('test/security/child', 'main.js');
  const child = fork(script, [DATABASE_URL, schema, REDIS_URL, prefix], {
    execArgv: ['--disallow-code-generation-from-strings', '--no-warnings'],
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const refuse = exited.then(([code]) => Promise.reject(new Error(`it ended with ${code}`)));
  refuse.catch(() => undefined);
  await Promise.race([once(child, 'message'), refuse]);
  for (const row of rows) await insert(JSON.stringify(row));
  const delivered = rows.filter((row) => isGood(row)).length;
  child.send({ failed: rows.length - delivered, heard: delivered + 3 });
  const [report] = (await Promise.race([once(child, 'message'), refuse])) as [Report];
  await exited;
  return { report, delivered };
}

/** What only says more than a delivery does is none the worse for it. */
function isGood(row: object): boolean {
  const { event, listener, driver, types, payload } = row as Record<string, unknown>;
  const isPlain = payload === undefined || !Object.hasOwn(payload as object, 'constructor');
  return (
    event === GOOD.event &&
    listener === GOOD.listener &&
    driver === undefined &&
    types === undefined &&
    isPlain
  );
}

describePostgres('A row that names code', () => {
  describeRedis('of its own choice', () => {
    const schema = useSchema();
    const { prefix } = usePrefix();

    it('has no module loaded, in a process that makes no code of text on any engine', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'evil-'));
      const proof = join(folder, 'proof');
      const module = join(folder, 'evil.cjs');
      writeFileSync(module, `require('node:fs').writeFileSync(${JSON.stringify(proof)}, '')`);
      const rows = createRows(module);
      const columns = 'retry_limit, expire_seconds, deletion_seconds, keep_until, policy, dead_letter';
      const insert = (json: string): Promise<unknown> =>
        schema.query(
          `INSERT INTO ${schema.name}.job (id, name, data, ${columns})
           SELECT $1, 'queue', $2::jsonb, 0, 900, 60, now() + interval '1 day', 'standard', 'queue/dead'`,
          [randomUUID(), json],
        );
      const { report, delivered } = await work(rows, insert, prefix, schema.name);
      expect(report).toMatchObject({ loaded: [], heard: delivered + 3, isMakingCode: false });
      expect(report.reasons).toHaveLength(rows.length - delivered);
      for (const reason of report.reasons) {
        expect(reason).toMatch(/^EVENTS_(?:UNKNOWN_(?:EVENT|LISTENER|DRIVER)|UNREADABLE_PAYLOAD)/);
      }
      expect(existsSync(proof)).toBe(false);
      rmSync(folder, { recursive: true });
    });
  });
});

import { execFile } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { compileWithLibrary } from '../support/child/compile-child.js';
import { createUnfinished } from '../support/template.js';

const run = promisify(execFile);

const BUNDLE = join(import.meta.dirname, '../../lib/bundle.mjs');

interface Report {
  readonly loaded: string[];
  readonly names: string[];
  readonly strangers: string[];
}

/** What `loading/main.ts` tells of the library as it is packed. */
async function load(folder: string): Promise<Report> {
  const main = await compileWithLibrary('test/package/loading', 'main.js');
  cpSync(join(dirname(main), '..'), folder, { recursive: true });
  await run(process.execPath, [BUNDLE, join(folder, 'lib')]);
  const { stdout } = await run(process.execPath, ['--no-warnings', join(folder, 'child/main.js')], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return JSON.parse(stdout) as Report;
}

describe('An application that imports the library as it is packed', () => {
  let folder: string;
  let report: Report;

  beforeAll(async () => {
    folder = createUnfinished();
    report = await load(folder);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('loads a few files, and neither an engine nor any other package', () => {
    const files = report.loaded.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url));
    const own = files.filter((file) => file.startsWith(join(folder, 'lib')));
    expect(files.filter((file) => !own.includes(file))).toEqual([]);
    expect(own.length).toBeLessThanOrEqual(4);
    expect(own).toContain(join(folder, 'lib/index.js'));
  });

  it('loads what stores deliveries, and runs them, only once a queue is opened', () => {
    const later = join(folder, 'lib/queue/open-queues.js');
    expect(existsSync(later)).toBe(true);
    expect(report.loaded).not.toContain(pathToFileURL(later).href);
  });

  it('has the same classes from each entry point, under their names', () => {
    const engines = ['BullMqWorkerCreator', 'PgBossWorkerCreator', 'InMemoryWorkerCreator'];
    expect(report.names).toEqual(['EventsModule', 'WorkerCreator', ...engines]);
    expect(report.strangers).toEqual([]);
  });
});

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { compileWithLibrary } from '../support/child/compile-child.js';

const run = promisify(execFile);

interface Report {
  readonly added: string[];
  readonly left: string[];
}

/** What `test/support/start-up` tells, of a process that ends by itself. */
async function start(mode: string): Promise<Report> {
  const main = await compileWithLibrary('test/support/start-up', 'main.js');
  const { stdout } = await run(process.execPath, ['--no-warnings', main, mode], {
    env: { ...process.env, NODE_OPTIONS: '' },
    timeout: 60_000,
  });
  return JSON.parse(stdout) as Report;
}

describe.each(['fake', 'spy', 'inline'])("A process that tests in mode '%s'", (mode) => {
  let report: Report;

  beforeAll(async () => {
    report = await start(mode);
  });

  it('loads the entry point for tests, and no engine, no serializer and no test runner', () => {
    expect(report.added).toContainEqual(expect.stringMatching(/\/lib\/testing\/index\.js$/));
    expect(report.added.filter((url) => !url.includes('/lib/testing/'))).toEqual([]);
  });

  it('leaves nothing that keeps the process alive', () => {
    expect(report.left.filter((kind) => kind !== 'PipeWrap')).toEqual([]);
  });
});

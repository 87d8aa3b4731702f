import { execFile } from 'node:child_process';
import { compileWithLibrary } from '../support/child/compile-child.js';

/** Runs a file of tests by `node --test`. @returns what it reports, in the format TAP */
function run(file: string): Promise<string> {
  return new Promise((resolve) => {
    // The variable tells a child of node:test that it is one.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const args = ['--test', '--test-reporter=tap', file];
    execFile(process.execPath, args, { env: { ...env, NODE_OPTIONS: '--no-warnings' } }, (_error, stdout) =>
      resolve(stdout),
    );
  });
}

describe('The conformance suite of drivers, as node:test runs it', () => {
  let report: string;

  beforeAll(async () => {
    report = await run(await compileWithLibrary('test/support/node-test', 'driver-suite.js'));
  });

  it('passes a driver that keeps its promises', () => {
    expect(report).toMatch(/^(# Subtest: .*\n)?ok 1 - SyncDriver/m);
  });

  it('finds out about one that leaves a rejection to nobody', () => {
    expect(report).toMatch(/^not ok 2 - LeakyDriver/m);
    expect(report).toMatch(/not ok \d+ - leaves no rejection unhandled/);
    expect(report).toContain('rejections were handled by nobody');
  });
});

import { describeDriver, describeWorkerCreator } from 'nestjs-event-drivers/testing';
import { SyncDriver } from 'nestjs-event-drivers';
import { inMemory } from './in-memory.harness.js';

describe('Without the functions of a test runner', () => {
  const globals = globalThis as Record<string, unknown>;
  const { describe: given } = globals;

  afterEach(() => {
    globals['describe'] = given;
  });

  it.each([
    ['describeWorkerCreator', () => describeWorkerCreator('any', inMemory())],
    ['describeDriver', () => describeDriver('any', { driver: SyncDriver })],
  ])('%s() says which to pass', (name, call) => {
    delete globals['describe'];
    expect(call).toThrow(`${name}(): there are no globals describe, it and afterAll here`);
    expect(call).toThrow('import { after, describe, it } and pass { describe, it, afterAll: after }');
  });
});

import { availableParallelism } from 'node:os';

const swc = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2023',
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

/** @type {import('jest').Config} */
export default {
  rootDir: '..',
  roots: ['<rootDir>/test', '<rootDir>/sample'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/sample/.*/dist/'],
  testEnvironment: 'node',
  reporters: ['default', '<rootDir>/test/support/reliability-reporter.mjs'],
  testSequencer: '<rootDir>/test/support/sequencer.mjs',
  setupFilesAfterEnv: ['<rootDir>/test/support/retry.ts'],
  // Databases and processes are started; a busy machine takes its time.
  testTimeout: 120_000,
  // Much of the time is spent waiting for databases and other processes.
  maxWorkers: availableParallelism() * 2,
  // What files have left behind makes all that follow slower: with a gigabyte of it, several times.
  workerIdleMemoryLimit: '150MB',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  moduleNameMapper: {
    '^nestjs-event-drivers$': '<rootDir>/lib/index.ts',
    '^nestjs-event-drivers/pg-boss$': '<rootDir>/lib/pg-boss/index.ts',
    '^nestjs-event-drivers/bullmq$': '<rootDir>/lib/bullmq/index.ts',
    '^nestjs-event-drivers/testing$': '<rootDir>/lib/testing/index.ts',
    '^nestjs-event-drivers/testing/jest$': '<rootDir>/lib/testing/jest.ts',
    '^\\./template-folder\\.js$': '<rootDir>/test/support/template-folder.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
};

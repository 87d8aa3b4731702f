import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeDriver } from 'nestjs-event-drivers/testing';
import { FileDriver } from '../src/file-driver/file.driver.js';
import type { FileDriverOptions } from '../src/file-driver/file-driver.options.js';

describeDriver<FileDriverOptions>('FileDriver', {
  driver: FileDriver,
  options: async () => ({ folder: await mkdtemp(join(tmpdir(), 'deliveries-')), retryDelay: 10 }),
  cleanUp: ({ folder }) => rm(folder, { recursive: true }),
});

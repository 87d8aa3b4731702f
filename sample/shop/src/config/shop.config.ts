import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ConfigType, registerAs } from '@nestjs/config';

/** Beside `src` and `dist`, whichever of them this file is in. */
const DATA_FOLDER = fileURLToPath(new URL('../../data', import.meta.url));

/** What can be set from the environment. Numbers are not checked here: the library checks its options. */
export const shopConfig = registerAs('shop', () => ({
  port: readNumber('PORT', 3000),
  retry: {
    maxRetries: readNumber('RETRY_ATTEMPTS', 3),
    delayMs: readNumber('RETRY_DELAY_MS', 200),
  },
  payments: {
    /** Where payments are made; without it, at the service that the sample itself serves. */
    url: process.env.PAYMENTS_URL,
    timeoutMs: readNumber('PAYMENTS_TIMEOUT_MS', 2000),
    /** How often the sample's own service refuses each order before it accepts it. */
    failures: readNumber('PAYMENTS_FAILURES', 2),
  },
  mail: {
    delayMs: readNumber('MAIL_DELAY_MS', 300),
    /** Where the mail server that the sample plays keeps what it has sent. */
    folder: getDataFolder(),
  },
  queue: {
    /** A PostgreSQL server, which any number of processes share; without it, a database inside of this one. */
    databaseUrl: process.env.DATABASE_URL || undefined,
    schema: process.env.DATABASE_SCHEMA || 'pgboss',
    folder: join(getDataFolder(), 'events'),
  },
}));

export type ShopConfig = ConfigType<typeof shopConfig>;

function getDataFolder(): string {
  return process.env.DATA_FOLDER || DATA_FOLDER;
}

function readNumber(name: string, fallback: number): number {
  return Number(process.env[name] ?? fallback);
}

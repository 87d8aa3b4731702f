import { type ConfigType, registerAs } from '@nestjs/config';

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
  mail: { delayMs: readNumber('MAIL_DELAY_MS', 300) },
}));

export type ShopConfig = ConfigType<typeof shopConfig>;

function readNumber(name: string, fallback: number): number {
  return Number(process.env[name] ?? fallback);
}

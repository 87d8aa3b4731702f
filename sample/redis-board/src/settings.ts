/** What the application is told by its environment. */
export interface Settings {
  readonly port: number;
  readonly redisUrl: string;
  /** What all keys in Redis begin with. */
  readonly prefix: string;
  /** The wait before a delivery is tried again, in milliseconds. */
  readonly retryDelayMs: number;
  /** Opens the board; without one it is closed. */
  readonly boardPassword: string | undefined;
}

/** Numbers are not checked here: the library checks its options. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  return {
    port: Number(environment.PORT ?? 3000),
    redisUrl: environment.REDIS_URL || 'redis://127.0.0.1:6379',
    prefix: environment.REDIS_PREFIX || '{sample}',
    retryDelayMs: Number(environment.RETRY_DELAY_MS ?? 200),
    boardPassword: environment.BOARD_PASSWORD || undefined,
  };
}

import { fileURLToPath } from 'node:url';

/** What the application is told by its environment. */
export interface Settings {
  readonly port: number;
  /** Where its data are. */
  readonly folder: string;
  /** How long it takes to send a postcard, in milliseconds. */
  readonly sendingMs: number;
  /** The wait before a postcard is tried to be sent again, in milliseconds. */
  readonly retryDelayMs: number;
}

export const SETTINGS = Symbol('settings');

/** Beside `src` and `dist`, whichever of them this file is in. */
const DATA_FOLDER = fileURLToPath(new URL('../data', import.meta.url));

/** Numbers are not checked here: the library checks its options. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  return {
    port: Number(environment.PORT ?? 3000),
    folder: environment.DATA_FOLDER || DATA_FOLDER,
    sendingMs: Number(environment.SENDING_MS ?? 300),
    retryDelayMs: Number(environment.RETRY_DELAY_MS ?? 200),
  };
}

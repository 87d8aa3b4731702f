import {
  COUNT_SCRIPT,
  createPauseScript,
  createRedriveScript,
  DEFINE_SCRIPT,
  PURGE_SCRIPT,
  READ_DEAD_SCRIPT,
  READ_STATE_SCRIPT,
} from './operating.js';
import { createCompleteScript, createRecoverScript, createSettleScript } from './settling.js';
import { createStoreScript, STORE_PLAIN_SCRIPT, STORE_TAKEN_SCRIPT } from './storing.js';
import { createClaimScript, createReturnScript, EXTEND_SCRIPT } from './working.js';

export { checkBullMq } from './bull-scripts.js';
export type { Verb } from './settling.js';
export { STORE_ARGUMENTS } from './storing.js';
export { NORMAL_PRIORITY } from './working.js';

/** What Redis is asked to do, in one round trip each. Each is called with the keys of the queue. */
export const SCRIPTS = {
  define: () => DEFINE_SCRIPT,
  store: createStoreScript,
  storePlain: () => STORE_PLAIN_SCRIPT,
  storeTaken: () => STORE_TAKEN_SCRIPT,
  claim: createClaimScript,
  extend: () => EXTEND_SCRIPT,
  return: createReturnScript,
  complete: createCompleteScript,
  settle: createSettleScript,
  recover: createRecoverScript,
  pause: createPauseScript,
  count: () => COUNT_SCRIPT,
  readState: () => READ_STATE_SCRIPT,
  readDead: () => READ_DEAD_SCRIPT,
  redrive: createRedriveScript,
  purge: () => PURGE_SCRIPT,
} as const satisfies Record<string, () => string>;

export type ScriptName = keyof typeof SCRIPTS;

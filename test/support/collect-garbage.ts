import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Collects what nobody refers to: all of it, or what is young only. */
export const collectGarbage = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void;

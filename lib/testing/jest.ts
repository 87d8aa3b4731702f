// What is added to below has to be known to the compiler, here and where the declarations are used.
/// <reference types="expect" preserve="true" />
import { InvalidOptionsError } from '../index.js';
import { type EventMatchers, eventMatchers } from './matchers.js';

/* oxlint-disable typescript/no-unused-vars, typescript/no-empty-object-type -- parameters are as they are declared there */
declare global {
  // oxlint-disable-next-line typescript/no-namespace -- that of the types of jest
  namespace jest {
    interface Matchers<R, T = {}> extends EventMatchers<R> {}
  }
}

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends EventMatchers<R> {}
}
/* oxlint-enable typescript/no-unused-vars, typescript/no-empty-object-type */

interface Expect {
  extend(matchers: typeof eventMatchers): void;
}

const { expect } = globalThis as { readonly expect?: Expect };

if (expect === undefined) {
  throw new InvalidOptionsError('nestjs-event-drivers/testing/jest', [
    "there is no global expect() of jest. Where jest is told to inject no globals, call expect.extend(eventMatchers), with eventMatchers of 'nestjs-event-drivers/testing'",
  ]);
}

expect.extend(eventMatchers);

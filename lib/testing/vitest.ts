import { expect } from 'vitest';
import { type EventMatchers, eventMatchers } from './matchers.js';

declare module 'vitest' {
  // oxlint-disable-next-line typescript/no-explicit-any, typescript/no-unused-vars, typescript/no-empty-object-type -- as it is declared there
  interface Matchers<T = any> extends EventMatchers {}
}

expect.extend(eventMatchers);

import { setTimeout as delay } from 'node:timers/promises';
import { check } from './check.js';

const LOOK_MS = 5;

/**
 * Waits until a condition holds; fails with what it waited for if it takes too long.
 *
 * @param explain what is known about why it does not hold, for the message
 */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  patienceMs: number,
  explain: () => string = () => '',
): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await condition())) {
    check(performance.now() < end, `waited ${patienceMs} ms in vain until ${what}${explain()}`);
    await delay(LOOK_MS);
  }
}

/** Waits for something that has to come to an end by itself. */
export async function waitInTime<T>(what: string, work: Promise<T>, patienceMs: number): Promise<T> {
  const timeout = new AbortController();
  const late = delay(patienceMs, undefined, { signal: timeout.signal }).then(() => {
    throw new Error(`waited ${patienceMs} ms in vain for ${what}`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    timeout.abort();
  }
}

/** Something to wait at. */
export interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

/** The gates of a test, which are open when it ends. */
export class Gates {
  private readonly gates: Gate[] = [];

  create(): Gate {
    const { promise, resolve } = Promise.withResolvers<void>();
    const gate = { passed: promise, open: resolve };
    this.gates.push(gate);
    return gate;
  }

  openAll(): void {
    for (const gate of this.gates) gate.open();
  }
}

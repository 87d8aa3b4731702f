import { setTimeout as delay } from 'node:timers/promises';

/** How long it is waited between two looks, in milliseconds: longer, where it takes long, as to look is work. */
const [SHORTEST, LONGEST] = [5, 25];

/** Waits until a condition holds; fails with what it was waiting for if it takes too long. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const start = performance.now();
  while (!(await condition())) {
    const waited = performance.now() - start;
    if (waited > timeoutMs) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await delay(Math.min(Math.max(waited / 20, SHORTEST), LONGEST));
  }
}

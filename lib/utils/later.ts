/** `setImmediate()` as it was at first: a test that fakes timers may fake it, and would wait for ever for what waits for it. */
export const later = setImmediate;

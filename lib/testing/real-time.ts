/** Milliseconds that have really passed. A test that fakes timers may fake `performance`, and would wait for ever. */
export const realNow: () => number = performance.now.bind(performance);

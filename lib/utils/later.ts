/** `setImmediate()` as it was at first: a test that fakes timers may fake it, and would wait for ever for what waits for it. */
export const later = setImmediate;

/** `setTimeout()` as it was at first, for a timer that outlives whoever sets it: once faked, it would never be set again. */
export const setTimer = setTimeout;

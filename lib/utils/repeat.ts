import { toTimer } from './to-timer.js';

/** Does something again and again, never twice at a time. @returns what ends it */
export function repeat(
  intervalMs: number,
  action: () => Promise<unknown>,
  onError: (error: unknown) => void,
): () => void {
  let isBusy = false;
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    action()
      .catch(onError)
      .finally(() => (isBusy = false));
  }, toTimer(intervalMs));
  return () => clearInterval(timer);
}

/**
 * Passes an error on once, however many hear of it: a connection tells its user and its pool. What the
 * listener itself throws ends with it.
 */
export function reportOnce(listener: (error: unknown) => void): (error: unknown) => void {
  const reported = new WeakSet<object>();
  return (error) => {
    if (typeof error === 'object' && error !== null) {
      if (reported.has(error)) return;
      reported.add(error);
      hideClient(error);
    }
    try {
      listener(error);
    } catch {
      // It is called by a socket, which has nobody to tell.
    }
  };
}

/** `pg` attaches the client, with all that it knows, to what would then be logged. */
function hideClient(error: object): void {
  if (Object.isExtensible(error)) {
    Object.defineProperty(error, 'client', { configurable: true, enumerable: false, writable: true });
  }
}

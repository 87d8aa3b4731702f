/** The command line was used in a way that it cannot be; nothing was done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

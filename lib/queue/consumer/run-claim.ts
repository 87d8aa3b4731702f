import { toStoredError } from '../payload/stored-error.js';
import type { Claim, Outcome } from '../worker-creator.js';

/** When to try again what was not judged by whoever ran it, in milliseconds. */
const AGAIN_MS = 1000;

/**
 * Has a claim run. Whoever runs it is to say what became of it, whatever happens; where it does not, the attempt has
 * failed: the delivery would be active for ever.
 */
export async function runClaim(
  run: (claim: Claim) => Promise<Outcome | undefined>,
  claim: Claim,
  onError: (error: unknown) => void,
): Promise<Outcome> {
  try {
    const outcome = await run(claim);
    if (outcome?.status !== undefined) return outcome;
    throw new Error(`what ran delivery ${claim.id} of ${claim.queue} did not say what became of it`);
  } catch (error) {
    onError(error);
    return { status: 'failed', error: toStoredError(error), delayMs: AGAIN_MS };
  }
}

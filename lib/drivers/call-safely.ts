/**
 * Calls what an application gave as an option and does not wait for. What it throws, or rejects with
 * where it is asynchronous, is for `onFailure`.
 */
export async function callSafely(
  callback: () => unknown,
  onFailure: (thrown: unknown) => void,
): Promise<void> {
  try {
    await callback();
  } catch (thrown) {
    onFailure(thrown);
  }
}

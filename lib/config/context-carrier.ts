/**
 * Carries what surrounds a dispatch, such as a tenant id or a trace, to where its deliveries are run, be it
 * in another process.
 *
 * @example
 * ```ts
 * const tenant: ContextCarrier = {
 *   capture: () => ({ tenant: cls.get('tenant') }),
 *   restore: (headers, run) => cls.runWith({ tenant: headers.tenant }, run),
 * };
 * ```
 */
export interface ContextCarrier {
  /**
   * What is to be carried, at the time of the dispatch; as text. Called for each event that is stored;
   * what it throws rejects the dispatch.
   */
  capture(): Readonly<Record<string, string | number | boolean | undefined>> | undefined;

  /**
   * Runs a delivery with what was carried restored; returns what `run` returns. If it throws, or does not call `run`,
   * the attempt has failed.
   */
  restore<T>(headers: Readonly<Record<string, string>>, run: () => T): T;
}

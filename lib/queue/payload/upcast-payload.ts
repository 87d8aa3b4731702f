import { describeCause, UnsupportedVersionError } from '../../errors/index.js';
import type { EventMetadata } from '../../event/event-metadata.js';

/**
 * A stored payload as the event's class has it by now; at once unless `upcast` takes its time.
 *
 * @throws {@link UnsupportedVersionError} if the class has no way to read that version, or its way failed
 */
export function upcastPayload(
  metadata: Pick<EventMetadata, 'name' | 'version' | 'upcast'>,
  payload: unknown,
  storedVersion: number,
): unknown {
  const { name, version, upcast } = metadata;
  if (storedVersion === version) return payload;
  const fail = (reason: string, options?: ErrorOptions): never => {
    throw new UnsupportedVersionError(name, storedVersion, version, reason, options);
  };
  if (!Number.isSafeInteger(storedVersion) || storedVersion < 1) {
    return fail(
      'that is no version, which is a whole number from 1; what is stored was not written by this library.',
    );
  }
  if (storedVersion > version) {
    return fail(
      'it comes from a later release than this process runs. Deploy that release here as well, and retry it.',
    );
  }
  if (upcast === undefined) {
    return fail(
      `add @Event({ upcast: (payload, fromVersion) => ... }) that turns version ${storedVersion} into ` +
        `version ${version}, and retry it.`,
    );
  }
  const failed = (cause: unknown): never => fail(`its upcast threw: ${describeCause(cause)}`, { cause });
  try {
    const result = upcast(payload, storedVersion);
    return result instanceof Promise ? result.catch(failed) : result;
  } catch (error) {
    return failed(error);
  }
}

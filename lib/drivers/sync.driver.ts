import { BaseDriver } from '../driver/base-driver.js';
import { markAsDirect } from '../driver/direct.js';
import { checkOptions } from '../utils/option-rules.js';
import type { IBaseEvent } from '../event/event.interface.js';

/**
 * Runs the delivery at once; `dispatch()` resolves or rejects as the work does.
 *
 * It neither retries nor stores: what fails is for the caller to handle.
 */
export class SyncDriver extends BaseDriver<Record<string, never>> {
  static override validateOptions(options: unknown): readonly string[] {
    return checkOptions(options, {});
  }

  async dispatch(event: IBaseEvent): Promise<void> {
    await event.execute();
  }
}

markAsDirect(SyncDriver.prototype);

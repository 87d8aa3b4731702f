import { ALL_OPTIONS } from '../mock.driver.js';
import { type DriverCapabilities, SyncDriver } from '../../index.js';

const CAPABILITIES: DriverCapabilities = Object.freeze({
  durable: false,
  concurrent: false,
  options: ALL_OPTIONS,
});

/** Delivers at once, whatever a dispatch asks for. */
export class LenientDriver extends SyncDriver {
  override get capabilities(): DriverCapabilities {
    return CAPABILITIES;
  }
}

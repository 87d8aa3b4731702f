import { DriverRegistry, type RegisteredDriver } from '../../driver/driver.registry.js';

/** Takes the default driver for one that is not configured. */
export class LenientRegistry extends DriverRegistry {
  constructor(
    drivers: readonly RegisteredDriver[],
    private readonly defaultDriver: string,
  ) {
    super(drivers);
  }

  override get(name: string): RegisteredDriver {
    return super.get(this.has(name) ? name : this.defaultDriver);
  }
}

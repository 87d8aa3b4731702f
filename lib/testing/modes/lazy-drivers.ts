import { getDriverStack } from '../../driver/driver-stack.js';
import type { IEventDriver } from '../../index.js';
import type { Activity } from '../events/activity.js';

/** Drivers that are not opened with the application, but when they are used. */
export class LazyDrivers {
  private readonly opened = new Map<IEventDriver, Promise<void>>();

  constructor(private readonly activity: Activity) {}

  isOpened(driver: IEventDriver): boolean {
    return this.opened.has(driver);
  }

  /** Opens a driver, and those that it wraps, unless they are open. */
  async open(driver: IEventDriver): Promise<void> {
    await Promise.all(getDriverStack(driver).map((one) => this.openOnce(one)));
  }

  private openOnce(driver: IEventDriver): Promise<void> {
    let opening = this.opened.get(driver);
    if (opening === undefined) {
      // It is open for longer than what it is opened for.
      opening = this.activity.detach(async () => {
        await driver.open?.();
        await driver.work?.();
      });
      this.opened.set(driver, opening);
    }
    return opening;
  }
}

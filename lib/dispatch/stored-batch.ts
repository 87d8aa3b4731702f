import { dispatchAll } from '../driver/dispatch-all.js';
import type { IEventDriver } from '../driver/driver.interface.js';
import type { DeliveryFailure } from '../errors/index.js';
import type { IBaseEvent } from '../event/event.interface.js';

/** Deliveries that are to be stored together, by the driver that stores them. */
export class StoredBatch {
  private readonly byDriver = new Map<IEventDriver, IBaseEvent[]>();

  add(driver: IEventDriver, delivery: IBaseEvent): void {
    const deliveries = this.byDriver.get(driver);
    if (deliveries === undefined) this.byDriver.set(driver, [delivery]);
    else deliveries.push(delivery);
  }

  isEmpty(): boolean {
    return this.byDriver.size === 0;
  }

  /** Each driver stores all of its deliveries or none. @returns what failed, by the driver's name */
  async store(): Promise<DeliveryFailure[]> {
    const failures: DeliveryFailure[] = [];
    await Promise.all(
      [...this.byDriver].map(async ([driver, deliveries]) => {
        try {
          await dispatchAll(driver, deliveries);
        } catch (error) {
          failures.push({ listenerId: driver.getName(), error });
        }
      }),
    );
    return failures;
  }
}

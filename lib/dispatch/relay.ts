import type { IEventDriver } from '../driver/driver.interface.js';
import type { RegisteredDriver } from '../driver/driver.registry.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { OptionedEvent } from '../event/optioned-event.js';

/** A driver that stores deliveries by one driver, for another to make them when they arrive. */
export function createRelay(target: RegisteredDriver, through: RegisteredDriver): RegisteredDriver {
  const mark = (event: IBaseEvent): IBaseEvent => new OptionedEvent(event, { relayTo: target.name });
  const { driver } = through;
  const relay: IEventDriver = {
    capabilities: driver.capabilities ?? { durable: true, concurrent: false },
    getName: () => driver.getName(),
    dispatch: (event) => driver.dispatch(mark(event)),
    dispatchMany: async (events) => {
      const marked = events.map(mark);
      if (driver.dispatchMany !== undefined) return driver.dispatchMany(marked);
      for (const event of marked) await driver.dispatch(event);
    },
  };
  return { ...through, driver: relay };
}

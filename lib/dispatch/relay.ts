import { dispatchAll } from '../driver/dispatch-all.js';
import { getDriverStack, getStores } from '../driver/driver-stack.js';
import type { IEventDriver } from '../driver/driver.interface.js';
import type { RegisteredDriver } from '../driver/driver.registry.js';
import { InvalidOptionsError } from '../errors/index.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { OptionedEvent } from '../event/optioned-event.js';

/**
 * A driver that stores deliveries by one driver, for another to make them when they arrive.
 *
 * @throws {@link InvalidOptionsError} if that leads back to where they are stored
 */
export function createRelay(target: RegisteredDriver, through: RegisteredDriver): RegisteredDriver {
  assertNoCircle(target, through);
  const mark = (event: IBaseEvent): IBaseEvent => new OptionedEvent(event, { relayTo: target.name });
  const { driver } = through;
  const relay: IEventDriver = {
    capabilities: driver.capabilities ?? { durable: true, concurrent: false },
    getName: () => driver.getName(),
    dispatch: (event) => driver.dispatch(mark(event)),
    dispatchMany: (events) => dispatchAll(driver, events.map(mark)),
  };
  return { ...through, driver: relay };
}

/** A queue has a delivery once: given it again by its own delivery, it would do nothing, and take it for done. */
function assertNoCircle(target: RegisteredDriver, through: RegisteredDriver): void {
  const reached = getDriverStack(target.driver);
  const store = getStores(through.driver).find((driver) => reached.includes(driver));
  if (store === undefined) return;
  throw new InvalidOptionsError('Options of dispatch()', [
    `afterCommit would have '${through.name}' store deliveries for driver '${target.name}', which stores them in ` +
      `'${store.getName()}' again. Store them there at once ({ driver: '${store.getName()}', transaction }), or name ` +
      `another driver as afterCommit`,
  ]);
}

import type { IEventDriver } from './driver.interface.js';

/** As a driver that wraps others keeps them: out of sight of applications. */
interface Wrapping extends IEventDriver {
  getWrappedDrivers(): readonly IEventDriver[];
}

export function getWrappedDrivers(driver: IEventDriver): readonly IEventDriver[] {
  return (driver as Partial<Wrapping>).getWrappedDrivers?.() ?? [];
}

/** A driver and all that it leads to, outermost first; beyond a store, those that deliver what was stored. */
export function getDriverStack(driver: IEventDriver): readonly IEventDriver[] {
  return [driver, ...getWrappedDrivers(driver).flatMap(getDriverStack)];
}

/** The drivers that may store what is dispatched by this one. */
export function getStores(driver: IEventDriver): readonly IEventDriver[] {
  return isStore(driver) ? [driver] : getWrappedDrivers(driver).flatMap(getStores);
}

/** The driver among those that deliver what this one stores, if there is one, that says they are done before they are. */
export function findBackground(store: IEventDriver): IEventDriver | undefined {
  for (const driver of getWrappedDrivers(store)) {
    if (driver.capabilities?.background === true) return innermostBackground(driver);
    const found = isStore(driver) ? undefined : findBackground(driver);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What wraps such a driver is one as well; whoever looks for it in the configuration looks for the inner one. */
function innermostBackground(driver: IEventDriver): IEventDriver {
  const inner = isStore(driver) ? undefined : findBackground(driver);
  return inner ?? driver;
}

/** One that wraps a store is durable as well, but has nothing of its own to deliver from. */
export function isStore(driver: IEventDriver): boolean {
  if (driver.work !== undefined) return true;
  return driver.capabilities?.durable === true && getWrappedDrivers(driver).length === 0;
}

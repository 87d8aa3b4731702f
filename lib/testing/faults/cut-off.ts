import { AsyncLocalStorage } from 'node:async_hooks';
import { type IEventDriver, StoreError } from '../../index.js';
import type { ConnectionFault } from './connections.js';

/** A driver that is cut off from its store, be it by several faults at a time. */
interface Cut {
  readonly faults: { readonly fault: ConnectionFault }[];
  /** Puts the driver's own methods back. */
  readonly restore: () => void;
}

const METHODS = ['dispatch', 'dispatchMany'] as const;

const cuts = new WeakMap<IEventDriver, Cut>();

/** Cuts a driver off from its store. @returns what ends that */
export function cutOff(driver: IEventDriver, fault: ConnectionFault): () => void {
  const cut = cuts.get(driver) ?? replaceMethods(driver);
  cuts.set(driver, cut);
  const entry = { fault };
  cut.faults.push(entry);
  return () => {
    const index = cut.faults.indexOf(entry);
    if (index < 0) return;
    cut.faults.splice(index, 1);
    if (cut.faults.length > 0) return;
    cut.restore();
    cuts.delete(driver);
  };
}

/** The methods are those of this one object, in front of those of its class. */
function replaceMethods(driver: IEventDriver): Cut {
  const faults: Cut['faults'] = [];
  const own = METHODS.map((name) => Object.getOwnPropertyDescriptor(driver, name));
  const dispatch = driver.dispatch.bind(driver);
  const dispatchMany = driver.dispatchMany?.bind(driver);
  // One of the two may call the other.
  const inside = new AsyncLocalStorage<true>();
  const lose = async (store: () => Promise<void>): Promise<void> => {
    if (inside.getStore() === true) return store();
    const cause = Object.assign(new Error('the test has dropped the connection'), { code: 'ECONNRESET' });
    if (faults.at(-1)?.fault !== 'after') throw new StoreError(driver.getName(), 'not-stored', cause);
    await inside.run(true, store);
    throw new StoreError(driver.getName(), 'unknown', cause);
  };
  driver.dispatch = (event) => lose(() => dispatch(event));
  if (dispatchMany !== undefined) driver.dispatchMany = (events) => lose(() => dispatchMany(events));
  const restore = (): void => {
    for (const [index, name] of METHODS.entries()) {
      const descriptor = own[index];
      if (descriptor === undefined) Reflect.deleteProperty(driver, name);
      else Object.defineProperty(driver, name, descriptor);
    }
  };
  return { faults, restore };
}

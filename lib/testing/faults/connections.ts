import { getStores } from '../../driver/driver-stack.js';
import { type IEventDriver, QueueDriver } from '../../index.js';
import type { DriverFinder } from '../events/target.js';
import { cutOff } from './cut-off.js';

/** Whether the connection is lost before something is stored, or when it is and its answer is on the way. */
export type ConnectionFault = 'before' | 'after';

interface Dropped {
  /** The drivers that cannot reach their stores. */
  readonly drivers: readonly IEventDriver[];
  readonly restored: PromiseWithResolvers<void>;
  /** Lets them reach their stores again, unless another fault keeps them from it. */
  readonly restore: () => void;
}

/** Connections of drivers to their stores that a test has dropped. */
export class Connections {
  private readonly dropped = new Map<string, Dropped>();

  constructor(private readonly finder: DriverFinder) {}

  drop(name: string, fault: ConnectionFault): void {
    this.restore(name);
    const { driver, name: configured } = this.finder.findDriver(name);
    const stores = getStores(driver);
    const drivers = stores.length === 0 ? [driver] : stores;
    const ends = drivers.map((store) => cutOff(store, fault));
    const restored = Promise.withResolvers<void>();
    const restore = (): void => {
      for (const end of ends) end();
      restored.resolve();
    };
    this.dropped.set(configured, { drivers, restored, restore });
  }

  restore(name: string): void {
    const { name: configured } = this.finder.findDriver(name);
    this.dropped.get(configured)?.restore();
    this.dropped.delete(configured);
  }

  restoreAll(): void {
    for (const { restore } of this.dropped.values()) restore();
    this.dropped.clear();
  }

  /** Waits until the queue can be reached, or the claim is no longer this process's to run. */
  async untilRestored(queue: string, signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => aborted.resolve(), { once: true });
    for (const { restored } of this.findDropped(queue)) {
      await Promise.race([restored.promise, aborted.promise]);
    }
  }

  isDropped(queue: string): boolean {
    return this.findDropped(queue).length > 0;
  }

  private findDropped(queue: string): readonly Dropped[] {
    return [...this.dropped.values()].filter(({ drivers }) =>
      drivers.some((driver) => driver instanceof QueueDriver && driver.getQueues().includes(queue)),
    );
  }
}

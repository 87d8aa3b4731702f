import { getStores } from '../../driver/driver-stack.js';
import type { IBaseEvent, IEventDriver } from '../../index.js';
import { findDeadLetters } from './find-ended-elsewhere.js';
import type { Recorder } from './recorder.js';
import { type DeliveryRecord, getOutcome } from './records.js';

/** Deliveries that drivers keep which are no queues: of these, all that is seen is when they are run. */
export class HandedOver {
  private readonly drivers = new Map<DeliveryRecord, IEventDriver>();

  constructor(private readonly recorder: Recorder) {}

  add(delivery: IBaseEvent, driver: IEventDriver): void {
    // Who says what it has not done yet need not be followed.
    if (driver.getPending !== undefined) return;
    this.drivers.set(this.recorder.getDelivery(delivery), driver);
  }

  clear(): void {
    this.drivers.clear();
  }

  /** Those that are meant and have not been run, or not with success. */
  getPending(isMeant: (delivery: DeliveryRecord) => boolean): readonly string[] {
    for (const delivery of this.drivers.keys()) {
      if (['delivered', 'dead-lettered'].includes(getOutcome(delivery))) this.drivers.delete(delivery);
    }
    const meant = [...this.drivers].filter(([delivery]) => isMeant(delivery));
    return meant.map(
      ([{ eventName, listenerId, runs }, driver]) =>
        `${listenerId ?? 'execute()'} of ${eventName}, handed to driver '${driver.getName()}' and ` +
        (runs.length === 0
          ? 'not run yet'
          : 'failed; its getPending(), or getOperations(), would say whether it is tried again'),
    );
  }

  /** Asks drivers that count what they keep, and forgets what they do not have any more. */
  async findEnded(): Promise<void> {
    for (const [driver, deliveries] of Map.groupBy(this.drivers.keys(), (one) => this.drivers.get(one)!)) {
      const stores = getStores(driver).filter((store) => store.getOperations?.() !== undefined);
      if (stores.length === 0) continue;
      const counts = await Promise.all(stores.map((store) => store.getOperations!()!.count()));
      const left = counts.flat().filter(({ ready, delayed, active }) => ready + delayed + active > 0);
      const ended = deliveries.filter(
        ({ eventName, listenerId }) =>
          !left.some(({ event, listener }) => event === eventName && listener === listenerId),
      );
      const kept = stores.map((store) => ({ driver: store }));
      if (ended.length > 0) await findDeadLetters(ended, this.recorder, kept);
      for (const delivery of ended) this.drivers.delete(delivery);
    }
  }
}

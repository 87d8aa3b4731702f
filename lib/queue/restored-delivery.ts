import type { ContextCarrier } from '../config/context-carrier.js';
import type { DriverHost } from '../driver/driver.interface.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { EventView } from '../event/event-view.js';
import { SignalledEvent } from '../event/signalled-event.js';
import { runInContext } from './context.js';
import type { StoredData } from './stored-delivery.js';

/** Runs in what was carried along with it, and by the driver that the dispatch has asked for. */
export class RestoredDelivery extends EventView {
  constructor(
    delivery: IBaseEvent,
    private readonly data: StoredData,
    private readonly host: DriverHost,
    private readonly context: readonly ContextCarrier[],
  ) {
    super(delivery);
  }

  execute(signal?: AbortSignal): Promise<void> {
    return runInContext(this.context, this.data.headers ?? {}, () => this.deliver(signal));
  }

  private async deliver(signal: AbortSignal | undefined): Promise<void> {
    const { driver } = this.data;
    if (driver === undefined || driver === null) return this.event.execute(signal);
    const delivery = signal === undefined ? this.event : new SignalledEvent(this.event, signal);
    return this.host.getDriver(driver).dispatch(delivery);
  }
}

import { dispatchAll } from '../../driver/dispatch-all.js';
import { getStores } from '../../driver/driver-stack.js';
import type { RegisteredDriver } from '../../driver/driver.registry.js';
import {
  BaseEvent,
  type DriverCapabilities,
  type IBaseEvent,
  type IEventDriver,
  QueueDriver,
} from '../../index.js';
import { unwrap } from '../../event/optioned-event.js';
import type { Recorder } from '../events/recorder.js';
import { ObservedWork } from './observed-work.js';

/** Does work in the context that a delivery arrives in. */
export type RunInContext = <T>(work: () => Promise<T>) => Promise<T>;

/** Deliveries as they are given to their driver. */
export interface Sent {
  readonly deliveries: readonly IBaseEvent[];
  readonly run: RunInContext;
}

/** What is done to deliveries before their driver is given them. */
export interface DriverObserver {
  readonly recorder: Recorder;
  /** Makes a driver ready, and deliveries what they would be on arrival. `undefined` where there is nothing to do. */
  send(driver: IEventDriver, deliveries: readonly IBaseEvent[]): Promise<Sent> | undefined;
  /** It has been given to a driver that keeps it, and of which nothing else is known. */
  onHandedOver(delivery: IBaseEvent, driver: IEventDriver): void;
}

/** Stands before a driver of the application, and keeps what it is given. */
export class ObservedDriver implements IEventDriver {
  private readonly driver: IEventDriver;
  private readonly name: string;
  /** A test that has put a driver in the place of another wants to see the events themselves. */
  private readonly isReplaced: boolean;

  constructor(
    { driver, name, driverClass }: RegisteredDriver,
    private readonly observer: DriverObserver,
  ) {
    this.driver = driver;
    this.name = name;
    this.isReplaced = !(driver instanceof driverClass);
  }

  get capabilities(): DriverCapabilities {
    return this.driver.capabilities ?? { durable: false, concurrent: false };
  }

  getName(): string {
    return this.driver.getName();
  }

  /** By this the stack of drivers is what it is without it. */
  getWrappedDrivers(): readonly IEventDriver[] {
    return [this.driver];
  }

  async dispatch(event: IBaseEvent): Promise<void> {
    await this.deliver([event], ([delivery]) => this.driver.dispatch(delivery!));
  }

  async dispatchMany(events: readonly IBaseEvent[]): Promise<void> {
    await this.deliver(events, (deliveries) => dispatchAll(this.driver, deliveries));
  }

  /** Where nothing is to be done before it, the driver is called at once, as it is without this. */
  private async deliver(
    events: readonly IBaseEvent[],
    dispatch: (deliveries: readonly IBaseEvent[]) => Promise<void>,
  ): Promise<void> {
    const { observer } = this;
    for (const event of events) this.record(event);
    const sending = observer.send(this.driver, events);
    if (sending === undefined) await dispatch(events.map((event) => this.observe(event)));
    else {
      const { deliveries, run } = await sending;
      await run(() => dispatch(deliveries.map((delivery) => this.observe(delivery))));
    }
    if (this.isKept()) for (const event of events) observer.onHandedOver(event, this.driver);
  }

  private record(event: IBaseEvent): void {
    const { recorder } = this.observer;
    const record = recorder.getDelivery(event);
    record.driver ??= this.name;
    record.cause = recorder.activity.getOrigin()?.cause ?? recorder.activity.createCause();
  }

  private observe(delivery: IBaseEvent): IBaseEvent {
    const { event } = unwrap(delivery);
    const hasWork = event.execute !== BaseEvent.prototype.execute;
    return this.isReplaced || !hasWork || delivery.getListenerId?.() !== undefined
      ? delivery
      : new ObservedWork(delivery, this.observer.recorder);
  }

  /** By a driver that stores, and is no queue: those are followed in their stores. */
  private isKept(): boolean {
    return (
      !this.isReplaced &&
      this.capabilities.durable &&
      !getStores(this.driver).every((store) => store instanceof QueueDriver)
    );
  }
}

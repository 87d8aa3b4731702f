import { isDirect } from '../driver/direct.js';
import { dispatchAll } from '../driver/dispatch-all.js';
import type { RegisteredDriver } from '../driver/driver.registry.js';
import type { DriverOptionName, IEventDriver } from '../driver/driver.interface.js';
import { EventDispatchException, type DeliveryFailure } from '../errors/index.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { type CallOptions, OptionedEvent } from '../event/optioned-event.js';
import type { ListenerInvoker, MatchedListener } from '../listener/listener.js';
import { isThenable } from '../utils/is-thenable.js';
import { toPromise } from '../utils/to-promise.js';
import { assertOptions } from './assert-options.js';
import { ListenerDelivery } from './delivery.js';
import { callListeners, type FailureAt } from './listener-calls.js';
import { createRelay } from './relay.js';
import { StoredBatch } from './stored-batch.js';

/** A listener and the driver that delivers to it. */
export interface PlannedDelivery {
  readonly listener: MatchedListener;
  readonly driver: RegisteredDriver;
}

/**
 * How events of one kind are delivered: everything about it that does not depend on the event itself,
 * worked out once.
 */
export class EventPlan {
  private readonly stored: readonly PlannedDelivery[];
  private readonly inProcess: readonly PlannedDelivery[];
  private readonly sole: PlannedDelivery | undefined;
  /** The driver of an event that has only work of its own. */
  private readonly onlyDriver: IEventDriver | undefined;
  private readonly invokers: readonly ListenerInvoker[];
  /** The driver that all deliveries have in common, where there is nothing else to do or to ask. */
  private readonly commonDriver: IEventDriver | undefined;
  /** The delivery that is stored, where that is all there is to do. */
  private readonly soleStored: PlannedDelivery | undefined;

  constructor(
    private readonly eventName: string,
    /** Delivers the event's own work; `undefined` where it has none and listeners are told instead. */
    private readonly ownDriver: RegisteredDriver | undefined,
    deliveries: readonly PlannedDelivery[],
    /** Throws if an event of this kind, or its own work, could not be made again of what is stored of it. */
    private readonly assertStorable: (isOwnWorkStored: boolean) => void,
  ) {
    const isOwnWorkStored = ownDriver?.mayStore === true;
    if (isOwnWorkStored || deliveries.some(({ driver }) => driver.mayStore)) assertStorable(isOwnWorkStored);
    this.stored = deliveries.filter(({ driver }) => driver.isDurable);
    this.inProcess = deliveries.filter(({ driver }) => !driver.isDurable);
    this.onlyDriver = deliveries.length === 0 ? ownDriver?.driver : undefined;
    this.invokers = this.inProcess.map(({ listener }) => listener.invoke);
    const [first] = this.inProcess;
    this.soleStored = ownDriver === undefined && deliveries.length === 1 ? this.stored[0] : undefined;
    if (ownDriver === undefined && this.inProcess.length === deliveries.length) {
      const isCommon = deliveries.every(
        ({ driver, listener }) => driver === first?.driver && listener.accepts === undefined,
      );
      this.sole = deliveries.length === 1 ? first : undefined;
      this.commonDriver = isCommon ? first?.driver.driver : undefined;
    }
  }

  /**
   * Delivers an event. Neither throws nor rejects with anything but what a delivery threw.
   *
   * @param options what every delivery of this dispatch is made with; see {@link EventPlan.assertOptions}
   */
  run(event: IBaseEvent, options?: CallOptions): Promise<void> {
    if (options !== undefined) return this.runAll(event, options);
    try {
      if (this.sole !== undefined) {
        const isDirectly = this.commonDriver !== undefined && isDirect(this.commonDriver);
        return toPromise(isDirectly ? this.invokers[0]!(event) : deliver(event, this.sole));
      }
      if (this.soleStored !== undefined) return toPromise(store(event, this.soleStored));
      if (this.onlyDriver !== undefined && isDirect(this.onlyDriver)) return toPromise(event.execute());
    } catch (error) {
      return Promise.reject(error);
    }
    return this.commonDriver !== undefined && isDirect(this.commonDriver)
      ? callListeners(this.invokers, event, this.toError)
      : this.runAll(event);
  }

  /** Whether all there is to do is to store deliveries. */
  isStored(): boolean {
    return this.inProcess.length === 0 && this.ownDriver?.isDurable !== false;
  }

  /** @throws {@link UnsupportedOptionError} if a driver of this plan cannot honour one of the options */
  assertOptions(names: readonly DriverOptionName[]): void {
    for (const driver of this.getDrivers()) assertOptions(this.eventName, names, driver);
  }

  /** The plan in which a driver that can store in a transaction stands in for those that cannot. */
  relayThrough(relay: RegisteredDriver): EventPlan {
    const replace = (driver: RegisteredDriver): RegisteredDriver =>
      driver.driver.capabilities?.options?.includes('transaction') ? driver : createRelay(driver, relay);
    return new EventPlan(
      this.eventName,
      this.ownDriver && replace(this.ownDriver),
      [...this.stored, ...this.inProcess].map(({ listener, driver }) => ({
        listener,
        driver: replace(driver),
      })),
      this.assertStorable,
    );
  }

  /** Adds what of an event is to be stored to what is stored together. */
  collect(event: IBaseEvent, batch: StoredBatch, options?: CallOptions): void {
    if (this.ownDriver?.isDurable === true) batch.add(this.ownDriver.driver, withOptions(event, options));
    for (const { driver, listener } of this.stored) {
      if (listener.accepts?.(event) === false) continue;
      batch.add(driver.driver, withOptions(new ListenerDelivery(event, listener), options));
    }
  }

  private getDrivers(): readonly RegisteredDriver[] {
    const ofListeners = [...this.stored, ...this.inProcess].map(({ driver }) => driver);
    return this.ownDriver === undefined ? ofListeners : [this.ownDriver, ...ofListeners];
  }

  private async runAll(event: IBaseEvent, options?: CallOptions): Promise<void> {
    if (this.ownDriver !== undefined && !this.ownDriver.isDurable) {
      await this.ownDriver.driver.dispatch(withOptions(event, options));
    }
    if (this.stored.length > 0 || this.ownDriver?.isDurable === true) await this.store(event, options);
    if (this.inProcess.length > 0) await this.tellListeners(event, options);
  }

  /** Everything is stored, or the event is not accepted and no listener in the process is told. */
  private async store(event: IBaseEvent, options: CallOptions | undefined): Promise<void> {
    const batch = new StoredBatch();
    this.collect(event, batch, options);
    const failures = await batch.store();
    if (failures.length > 0) throwFailures(this.eventName, failures);
  }

  /** One after another, except where a driver bounds by itself how many run at a time. */
  private async tellListeners(event: IBaseEvent, options?: CallOptions): Promise<void> {
    let failures: FailureAt[] | undefined;
    let running: Promise<void>[] | undefined;
    for (let index = 0; index < this.inProcess.length; index++) {
      const delivery = this.inProcess[index]!;
      try {
        const result = deliver(event, delivery, options);
        if (!isThenable(result)) continue;
        if (delivery.driver.isConcurrent) {
          (running ??= []).push(capture(result, index, (failures ??= [])));
        } else {
          await result;
        }
      } catch (error) {
        (failures ??= []).push({ index, error });
      }
    }
    if (running !== undefined) await Promise.all(running);
    if (failures !== undefined && failures.length > 0) {
      throw this.toError(failures.toSorted((a, b) => a.index - b.index));
    }
  }

  private readonly toError = (failures: readonly FailureAt[]): unknown =>
    toDispatchError(
      this.eventName,
      failures.map(({ index, error }) => ({ listenerId: this.inProcess[index]!.listener.id, error })),
    );
}

function deliver(event: IBaseEvent, { listener, driver }: PlannedDelivery, options?: CallOptions): unknown {
  if (listener.accepts !== undefined && !listener.accepts(event)) return undefined;
  return isDirect(driver.driver)
    ? listener.invoke(event)
    : driver.driver.dispatch(withOptions(new ListenerDelivery(event, listener), options));
}

function store(event: IBaseEvent, { listener, driver }: PlannedDelivery): unknown {
  return listener.accepts?.(event) === false
    ? undefined
    : dispatchAll(driver.driver, [new ListenerDelivery(event, listener)]);
}

function withOptions(delivery: IBaseEvent, options: CallOptions | undefined): IBaseEvent {
  return options === undefined ? delivery : new OptionedEvent(delivery, options);
}

async function capture(result: PromiseLike<unknown>, index: number, failures: FailureAt[]): Promise<void> {
  try {
    await result;
  } catch (error) {
    failures.push({ index, error });
  }
}

/** @throws the error itself where only one delivery failed, else an {@link EventDispatchException} */
export function throwFailures(eventName: string, failures: readonly DeliveryFailure[]): void {
  if (failures.length > 0) throw toDispatchError(eventName, failures);
}

function toDispatchError(eventName: string, failures: readonly DeliveryFailure[]): unknown {
  return failures.length === 1 ? failures[0]!.error : new EventDispatchException(eventName, failures);
}

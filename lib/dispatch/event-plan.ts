import { isDirect } from '../driver/direct.js';
import type { RegisteredDriver } from '../driver/driver.registry.js';
import type { IEventDriver } from '../driver/driver.interface.js';
import { EventDispatchException, type DeliveryFailure } from '../errors/index.js';
import type { IBaseEvent } from '../event/event.interface.js';
import type { ListenerInvoker, MatchedListener } from '../listener/listener.js';
import { ListenerDelivery } from './delivery.js';

/** A listener and the driver that delivers to it. */
export interface PlannedDelivery {
  readonly listener: MatchedListener;
  readonly driver: RegisteredDriver;
}

const DONE = Promise.resolve();

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

  constructor(
    private readonly eventName: string,
    /** Delivers the event's own work; `undefined` where it has none and listeners are told instead. */
    private readonly ownDriver: RegisteredDriver | undefined,
    deliveries: readonly PlannedDelivery[],
  ) {
    this.stored = deliveries.filter(({ driver }) => driver.isDurable);
    this.inProcess = deliveries.filter(({ driver }) => !driver.isDurable);
    this.onlyDriver = deliveries.length === 0 ? ownDriver?.driver : undefined;
    this.invokers = this.inProcess.map(({ listener }) => listener.invoke);
    const [first] = this.inProcess;
    if (ownDriver === undefined && this.inProcess.length === deliveries.length) {
      const isCommon = deliveries.every(
        ({ driver, listener }) => driver === first?.driver && listener.accepts === undefined,
      );
      this.sole = deliveries.length === 1 ? first : undefined;
      this.commonDriver = isCommon ? first?.driver.driver : undefined;
    }
  }

  /** Delivers an event. Neither throws nor rejects with anything but what a delivery threw. */
  run(event: IBaseEvent): Promise<void> {
    try {
      if (this.sole !== undefined) return toPromise(deliver(event, this.sole));
      if (this.onlyDriver !== undefined && isDirect(this.onlyDriver)) return toPromise(event.execute());
    } catch (error) {
      return Promise.reject(error);
    }
    return this.commonDriver !== undefined && isDirect(this.commonDriver)
      ? this.callListeners(event)
      : this.runAll(event);
  }

  private async runAll(event: IBaseEvent): Promise<void> {
    if (this.ownDriver !== undefined && !this.ownDriver.isDurable) {
      await this.ownDriver.driver.dispatch(event);
    }
    if (this.stored.length > 0 || this.ownDriver?.isDurable === true) await this.store(event);
    if (this.inProcess.length > 0) await this.tellListeners(event);
  }

  /** Everything is stored, or the event is not accepted and no listener in the process is told. */
  private async store(event: IBaseEvent): Promise<void> {
    const batches = new Map<IEventDriver, IBaseEvent[]>();
    const add = (driver: IEventDriver, delivery: IBaseEvent): void => {
      const batch = batches.get(driver);
      if (batch === undefined) batches.set(driver, [delivery]);
      else batch.push(delivery);
    };
    if (this.ownDriver?.isDurable === true) add(this.ownDriver.driver, event);
    for (const { driver, listener } of this.stored) {
      if (listener.accepts?.(event) === false) continue;
      add(driver.driver, new ListenerDelivery(event, listener));
    }
    const outcomes = await Promise.allSettled(
      [...batches].map(([driver, batch]) => dispatchAll(driver, batch)),
    );
    const failures = outcomes.flatMap((outcome, index): DeliveryFailure[] =>
      outcome.status === 'fulfilled'
        ? []
        : [{ listenerId: [...batches.keys()][index]!.getName(), error: outcome.reason }],
    );
    throwFailures(this.eventName, failures);
  }

  /** {@link EventPlan.tellListeners} for the most common case, in which no driver need be asked. */
  private async callListeners(event: IBaseEvent): Promise<void> {
    const { invokers } = this;
    let failures: FailureAt[] | undefined;
    for (let index = 0; index < invokers.length; index++) {
      try {
        const result = invokers[index]!(event);
        if (isThenable(result)) await result;
      } catch (error) {
        (failures ??= []).push({ index, error });
      }
    }
    if (failures !== undefined) this.throwInOrder(failures);
  }

  /** One after another, except where a driver bounds by itself how many run at a time. */
  private async tellListeners(event: IBaseEvent): Promise<void> {
    let failures: FailureAt[] | undefined;
    let running: Promise<void>[] | undefined;
    for (let index = 0; index < this.inProcess.length; index++) {
      const delivery = this.inProcess[index]!;
      try {
        const result = deliver(event, delivery);
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
    if (failures !== undefined) this.throwInOrder(failures);
  }

  private throwInOrder(failures: FailureAt[]): void {
    failures.sort((a, b) => a.index - b.index);
    throwFailures(
      this.eventName,
      failures.map(({ index, error }) => ({ listenerId: this.inProcess[index]!.listener.id, error })),
    );
  }
}

interface FailureAt {
  readonly index: number;
  readonly error: unknown;
}

function deliver(event: IBaseEvent, { listener, driver }: PlannedDelivery): unknown {
  if (listener.accepts !== undefined && !listener.accepts(event)) return undefined;
  return isDirect(driver.driver)
    ? listener.invoke(event)
    : driver.driver.dispatch(new ListenerDelivery(event, listener));
}

async function capture(result: PromiseLike<unknown>, index: number, failures: FailureAt[]): Promise<void> {
  try {
    await result;
  } catch (error) {
    failures.push({ index, error });
  }
}

async function dispatchAll(driver: IEventDriver, batch: readonly IBaseEvent[]): Promise<void> {
  if (driver.dispatchMany !== undefined) return driver.dispatchMany(batch);
  for (const delivery of batch) await driver.dispatch(delivery);
}

/** @throws the error itself where only one delivery failed, else an {@link EventDispatchException} */
export function throwFailures(eventName: string, failures: readonly DeliveryFailure[]): void {
  if (failures.length === 0) return;
  throw failures.length === 1 ? failures[0]!.error : new EventDispatchException(eventName, failures);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

/** A promise is passed on with its value, if it has one: to hide that would take another promise. */
function toPromise(value: unknown): Promise<void> {
  if (value instanceof Promise) return value;
  return isThenable(value) ? Promise.resolve(value).then(() => undefined) : DONE;
}

import { setImmediate } from 'node:timers/promises';
import { Injectable, type Type } from '@nestjs/common';
import {
  AsyncDriver,
  BaseDriver,
  BaseEvent,
  type DriverCapabilities,
  EventConfig,
  EventService,
  type IBaseEvent,
  OnEvent,
  RetryDriver,
} from 'nestjs-event-drivers';
import { startApp, syncConfig } from '../../support/app.js';
import {
  ATTEMPTS,
  type Behaviour,
  type DispatchPlan,
  getListenerId,
  type ListenerPlan,
} from './dispatch-model.js';

export const MAX_LISTENERS = 6;

let log: string[] = [];
let current: DispatchPlan;

/** Does what a behaviour says, at once or in a later turn. @returns a promise only where it takes its time */
function behave({ isLater, thrown }: Behaviour, onEnd: () => void = () => undefined): unknown {
  const end = (): void => {
    onEnd();
    if (thrown !== undefined) throw thrown.value;
  };
  return isLater ? setImmediate().then(end) : end();
}

class Silent extends BaseEvent<null> {}

class Working extends BaseEvent<null> {
  override execute(): Promise<void> {
    log.push('execute');
    return behave(current.own!) as Promise<void>;
  }
}

class StoringDriver extends BaseDriver {
  override get capabilities(): DriverCapabilities {
    return { durable: true, concurrent: false };
  }

  dispatch(event: IBaseEvent): Promise<void> {
    return this.dispatchMany([event]);
  }

  async dispatchMany(events: readonly IBaseEvent[]): Promise<void> {
    log.push(`stored ${events.map((event) => event.getListenerId?.()).join()}`);
    await behave(current.store);
  }
}

const drivers = {
  async: EventConfig.createConfigDriver(AsyncDriver, { maxConcurrency: MAX_LISTENERS }),
  retry: EventConfig.createConfigDriver(RetryDriver, { maxRetries: ATTEMPTS, delayMs: 0 }),
  stored: EventConfig.createConfigDriver(StoringDriver),
};

/** A class with a method for each listener. */
function createListeners(plans: readonly ListenerPlan[]): Type {
  @Injectable()
  class Listeners {}
  for (const [index, { order, driver }] of plans.entries()) {
    const on = (): unknown => {
      log.push(`${index} begins`);
      return behave(current.listeners[index]!, () => driver === 'async' || log.push(`${index} ends`));
    };
    const key = getListenerId(index).split('.')[1]!;
    const descriptor = { value: on, configurable: true, writable: true };
    const options = { ...(order !== undefined && { order }), ...(driver !== undefined && { driver }) };
    OnEvent([Silent, Working], options)(Listeners.prototype, key, descriptor);
    Object.defineProperty(Listeners.prototype, key, descriptor);
  }
  return Listeners;
}

export async function startWith(listeners: readonly ListenerPlan[]): Promise<EventService> {
  return (await startApp(syncConfig({ drivers }), [createListeners(listeners)])).get(EventService);
}

/** @returns what happened in which order, and how it ended */
export async function run(
  service: EventService,
  dispatch: DispatchPlan,
): Promise<{ readonly log: readonly string[]; readonly outcome: PromiseSettledResult<void> }> {
  [log, current] = [[], dispatch];
  const event = dispatch.own === undefined ? new Silent(null) : new Working(null);
  const [outcome] = await Promise.allSettled([service.dispatch(event)]);
  return { log, outcome };
}

import { Logger } from '@nestjs/common';
import type { ContextCarrier } from '../config/context-carrier.js';
import { ListenerDelivery } from '../dispatch/delivery.js';
import type { DriverHost, IEventDriver } from '../driver/driver.interface.js';
import { getDriverStack, getWrappedDrivers } from '../driver/driver-stack.js';
import { getBackoffDelay } from '../drivers/backoff.js';
import {
  describeThrown,
  EventTimeoutError,
  PostponeError,
  toOneLine,
  UndeliverableError,
  UnrecoverableError,
} from '../errors/index.js';
import { getEventMetadata } from '../event/event-metadata.js';
import { validatePayload } from '../event/validate-payload.js';
import { getLabel } from '../event/event-name.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { SignalledEvent } from '../event/signalled-event.js';
import { DeliveryInTransaction } from './delivery-in-transaction.js';
import { MAX_TIMER_MS } from '../utils/option-rules.js';
import { runInContext } from './context.js';
import { runInTransaction } from './current-transaction.js';
import type { PayloadSerializer } from './payload/payload-serializer.js';
import { rehydrateEvent } from './payload/rehydrate.js';
import { toStoredError } from './payload/stored-error.js';
import { upcastPayload } from './payload/upcast-payload.js';
import type { ResolvedQueueOptions } from './queue-options.js';
import { readStoredData } from './read-stored-data.js';
import type { StoredData } from './stored-delivery.js';
import type { Claim, Outcome } from './worker-creator.js';

/** What the runner is given by the driver it works for. */
export interface RunnerOptions {
  readonly host: DriverHost;
  readonly serializer: PayloadSerializer;
  readonly context: readonly ContextCarrier[];
  readonly options: ResolvedQueueOptions;
  /** The driver that has stored the deliveries. */
  readonly driver: IEventDriver;
  /** Makes a delivery by the driver of the worker's side. */
  deliver(event: IBaseEvent): Promise<void>;
  readonly storeName: string;
}

/** Makes the deliveries that a worker has been given, and says what became of them. Never rejects. */
export class DeliveryRunner {
  private readonly logger = new Logger('QueueDriver');

  constructor(private readonly parts: RunnerOptions) {}

  async run(claim: Claim): Promise<Outcome> {
    let data: StoredData;
    let delivery: IBaseEvent;
    try {
      data = readStoredData(claim.data);
      delivery = await this.rehydrate(data);
    } catch (error) {
      this.logger.error(
        `Cannot deliver ${describeClaim(claim)}: ${clip(describeThrown(error))}; it is among the dead letters`,
      );
      return { status: 'dead', error: toStoredError(error) };
    }
    try {
      return await this.execute(delivery, claim, data);
    } catch (error) {
      return this.judge(error, claim, delivery);
    }
  }

  /** @throws what says why it cannot be delivered by this version of the application */
  private async rehydrate(data: StoredData): Promise<IBaseEvent> {
    const { host, serializer } = this.parts;
    const eventClass = host.getEventClass(data.event);
    if (eventClass === undefined) {
      throw new UndeliverableError(
        'EVENTS_UNKNOWN_EVENT',
        `no event class has the name '${data.event}'; add it to 'events' of the configuration, or redrive it ` +
          `after the deployment that knows it`,
        data.event,
      );
    }
    if (data.driver !== undefined && data.driver !== null) this.checkDriver(data.driver, data.event);
    const metadata = getEventMetadata(eventClass);
    const unpacked = serializer.unpack(data.payload, data.types, data.event);
    const current = await upcastPayload(metadata, unpacked, data.version);
    const payload = await validatePayload(metadata, current, 'arrival');
    const event = rehydrateEvent(eventClass, payload, data.eventId);
    if (data.listener === undefined || data.listener === null) return event;
    const delivery = host.createDelivery(event, data.listener);
    if (delivery !== undefined) return delivery;
    throw new UndeliverableError(
      'EVENTS_UNKNOWN_LISTENER',
      `no listener of '${data.event}' has the id '${data.listener}'; it may have been renamed or removed`,
      data.event,
      data.listener,
    );
  }

  private checkDriver(name: string, eventName: string): void {
    const { host, driver } = this.parts;
    let named: IEventDriver;
    try {
      named = host.getDriver(name);
    } catch (error) {
      throw new UndeliverableError('EVENTS_UNKNOWN_DRIVER', describeThrown(error), eventName);
    }
    if (!getDriverStack(named).includes(driver)) return;
    throw new UndeliverableError(
      'EVENTS_CIRCULAR_DRIVER',
      `driver '${name}', which is to deliver it, stores it in '${driver.getName()}' again, where it is already`,
      eventName,
    );
  }

  private async execute(delivery: IBaseEvent, claim: Claim, data: StoredData): Promise<Outcome> {
    if (!(delivery instanceof ListenerDelivery) || !delivery.isTransactional()) {
      await this.limit(delivery, claim, data);
      return { status: 'completed' };
    }
    if (claim.runInTransaction === undefined) {
      throw new UnrecoverableError(
        `the engine cannot run listener ${delivery.getListenerId()} in a transaction`,
      );
    }
    const { driver, storeName } = this.parts;
    const isRepeatable = Boolean(data.driver) || getWrappedDrivers(driver).length > 0;
    await claim.runInTransaction(async (transaction) => {
      const inTransaction = new DeliveryInTransaction(delivery, transaction, storeName, isRepeatable);
      await runInTransaction(storeName, transaction, () => this.limit(inTransaction, claim, data));
      await inTransaction.end();
    });
    return { status: 'settled' };
  }

  /** Waits for the delivery, but no longer than it may take, nor when it is no longer ours to make. */
  private async limit(delivery: IBaseEvent, claim: Claim, data: StoredData): Promise<void> {
    const controller = new AbortController();
    const aborted = Promise.withResolvers<never>();
    const abort = (reason: unknown): void => {
      controller.abort(reason);
      aborted.reject(reason);
    };
    const { timeoutMs = this.parts.options.timeoutMs } = claim;
    const timer = setTimeout(
      () => abort(new EventTimeoutError(delivery.getName(), timeoutMs)),
      Math.min(timeoutMs, MAX_TIMER_MS),
    );
    const onLost = (): void => abort(claim.signal.reason);
    claim.signal.addEventListener('abort', onLost);
    aborted.promise.catch(() => {});
    try {
      claim.signal.throwIfAborted();
      const signalled = new SignalledEvent(delivery, controller.signal);
      const work = runInContext(this.parts.context, data.headers ?? {}, () =>
        this.deliver(signalled, data.driver),
      );
      await Promise.race([work, aborted.promise]);
    } finally {
      clearTimeout(timer);
      claim.signal.removeEventListener('abort', onLost);
    }
  }

  private async deliver(event: IBaseEvent, driverName: string | null | undefined): Promise<void> {
    if (driverName === undefined || driverName === null) return this.parts.deliver(event);
    await this.parts.host.getDriver(driverName).dispatch(event);
  }

  private judge(error: unknown, claim: Claim, delivery: IBaseEvent): Outcome {
    if (claim.signal.aborted) return { status: 'settled' };
    if (PostponeError.isInstance(error)) return { status: 'postponed', delayMs: error.delayMs };
    const stored = toStoredError(error);
    const isLast = claim.attempt >= claim.maxAttempts;
    const isFinal = UnrecoverableError.isInstance(error) || !this.isRetryable(error);
    const what = `Attempt ${claim.attempt} of ${claim.maxAttempts} failed: ${stored.message} (event ${getLabel(delivery)})`;
    if (isFinal || isLast) {
      this.logger.error(`${what}; it is among the dead letters`, stored.stack);
      return isFinal ? { status: 'dead', error: stored } : { status: 'failed', error: stored, delayMs: 0 };
    }
    const delayMs = getBackoffDelay(claim.attempt, this.parts.options);
    this.logger.warn(`${what}; again in ${Math.round(delayMs)} ms`);
    return { status: 'failed', error: stored, delayMs };
  }

  private isRetryable(error: unknown): boolean {
    try {
      return this.parts.options.retryIf?.(error) ?? true;
    } catch (thrown) {
      this.logger.error(`retryIf threw: ${describeThrown(thrown)}`);
      return true;
    }
  }
}

/** How much of what a store has given is repeated in a line of a log. */
const MAX_LOGGED = 500;

function clip(text: string): string {
  return text.length > MAX_LOGGED ? `${text.slice(0, MAX_LOGGED)}...` : text;
}

function describeClaim({ data, id }: Claim): string {
  const { event, listener } = (data ?? {}) as { readonly event?: unknown; readonly listener?: unknown };
  const name = typeof event === 'string' ? toOneLine(clip(event)) : 'what names no event';
  return `${name}${typeof listener === 'string' ? ` for ${toOneLine(clip(listener))}` : ''} (${id})`;
}

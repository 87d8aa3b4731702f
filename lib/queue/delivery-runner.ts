import { ListenerDelivery } from '../dispatch/delivery.js';
import type { Clock } from '../driver/clock.js';
import type { DriverHost, IEventDriver } from '../driver/driver.interface.js';
import { runInTime } from '../driver/run-in-time.js';
import { getWrappedDrivers } from '../driver/driver-stack.js';
import { getBackoffDelay } from '../drivers/backoff.js';
import {
  describeThrown,
  EventTimeoutError,
  PostponeError,
  toOneLine,
  UnrecoverableError,
} from '../errors/index.js';
import { getLabel } from '../event/event-name.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { SignalledEvent } from '../event/signalled-event.js';
import type { DeliveryCodec } from './delivery-codec.js';
import { DeliveryInTransaction } from './delivery-in-transaction.js';
import { runInTransaction } from './current-transaction.js';
import { toStoredError } from './payload/stored-error.js';
import type { ResolvedQueueOptions } from './queue-options.js';
import { readStoredData } from './read-stored-data.js';
import type { StoredData } from './stored-delivery.js';
import type { Claim, Outcome } from './worker-creator.js';
import { LineLogger } from '../utils/line-logger.js';

/** What the runner is given by the driver it works for. */
export interface RunnerOptions {
  readonly host: DriverHost;
  readonly clock: Clock;
  readonly codec: DeliveryCodec;
  readonly options: ResolvedQueueOptions;
  /** The driver that has stored the deliveries. */
  readonly driver: IEventDriver;
  /** Makes a delivery by the driver of the worker's side. */
  readonly deliver: (event: IBaseEvent) => Promise<void>;
  readonly storeName: string;
}

const COMPLETED: Outcome = { status: 'completed' };

/** Makes the deliveries that a worker has been given, and says what became of them. Never rejects. */
export class DeliveryRunner {
  private readonly logger = new LineLogger('QueueDriver');

  constructor(private readonly parts: RunnerOptions) {}

  async run(claim: Claim): Promise<Outcome> {
    let data: StoredData;
    let delivery: IBaseEvent;
    try {
      data = readStoredData(claim.data);
      const unpacked = this.parts.codec.unpacker.unpack(data);
      delivery = unpacked instanceof Promise ? await unpacked : unpacked;
    } catch (error) {
      this.logger.error(
        `Cannot deliver ${describeClaim(claim)}: ${clip(describeThrown(error))}; it is among the dead letters`,
      );
      return { status: 'dead', error: toStoredError(error) };
    }
    try {
      if (delivery instanceof ListenerDelivery && delivery.isTransactional()) {
        return await this.runInTransaction(delivery, claim, data);
      }
      await this.limit(delivery, claim, data);
      return COMPLETED;
    } catch (error) {
      return this.judge(error, claim, delivery);
    }
  }

  private async runInTransaction(
    delivery: ListenerDelivery,
    claim: Claim,
    data: StoredData,
  ): Promise<Outcome> {
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
  private limit(delivery: IBaseEvent, claim: Claim, data: StoredData): Promise<void> {
    const { clock, codec, options } = this.parts;
    const { signal, timeoutMs = options.timeoutMs } = claim;
    const toError = (): unknown => new EventTimeoutError(delivery.getName(), timeoutMs);
    return runInTime({ clock, timeoutMs, signal, toError }, (aborting) => {
      const signalled = new SignalledEvent(delivery, aborting);
      return codec.runInContext(data.headers ?? {}, () => this.deliver(signalled, data.driver));
    });
  }

  private deliver(event: IBaseEvent, driverName: string | null | undefined): Promise<void> {
    return driverName === undefined || driverName === null
      ? this.parts.deliver(event)
      : this.parts.host.getDriver(driverName).dispatch(event);
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
  return `${name}${typeof listener === 'string' ? ` for ${toOneLine(clip(listener))}` : ''} (${toOneLine(clip(id))})`;
}

import type { DispatchOptions, IBaseEvent } from '../../index.js';
import { unwrap } from '../../event/optioned-event.js';
import { Activity, type Task } from './activity.js';
import type { DeliveryRecord, DispatchRecord, RunRecord } from './records.js';
import { StoredEvent } from './stored-event.js';

/** A run that is about to begin. */
export interface Run {
  readonly delivery: DeliveryRecord;
  readonly signal: AbortSignal | undefined;
  readonly work: () => unknown;
}

/** What tells one stored delivery from another, and what it carries if that is known. */
export interface StoredKey {
  readonly event: string;
  readonly eventId: string;
  readonly listener?: string | undefined;
  readonly payload?: unknown;
}

/** Keeps what happens: what was dispatched, which deliveries were made of it, and what became of them. */
export class Recorder {
  readonly activity = new Activity();
  private dispatchRecords: DispatchRecord[] = [];
  private deliveryRecords = new Map<string, DeliveryRecord>();
  private readonly ids = new WeakMap<IBaseEvent, string>();
  private idCount = 0;
  private readonly runsOfTasks = new WeakMap<Task, DeliveryRecord>();
  /** Does what a test wants done around a run. */
  aroundRun: (run: Run) => Promise<void> = async ({ work }) => void (await work());

  get dispatches(): readonly DispatchRecord[] {
    return this.dispatchRecords;
  }

  get deliveries(): readonly DeliveryRecord[] {
    return [...this.deliveryRecords.values()];
  }

  /** Forgets what has happened. What is under way goes on. */
  clear(): void {
    this.dispatchRecords = [];
    this.deliveryRecords = new Map();
  }

  addDispatch(event: IBaseEvent, options: Readonly<DispatchOptions>, isFaked: boolean): DispatchRecord {
    const causedBy = this.getCurrentDelivery()?.listenerId;
    const record: DispatchRecord = { event, options, causedBy, isFaked, status: 'pending' };
    this.dispatchRecords.push(record);
    return record;
  }

  /** The delivery whose run the caller is a part of, or has been started by. */
  getCurrentDelivery(): DeliveryRecord | undefined {
    for (let task = this.activity.getOrigin(); task !== undefined; task = task.parent) {
      const delivery = this.runsOfTasks.get(task);
      if (delivery !== undefined) return delivery;
    }
    return undefined;
  }

  /** The record of a delivery, made now if there is none. */
  getDelivery(delivered: IBaseEvent, listenerId = delivered.getListenerId?.()): DeliveryRecord {
    const { event } = unwrap(delivered);
    const [eventId, eventName] = [this.getEventId(event), event.getName()];
    const key = toKey(eventName, eventId, listenerId);
    let record = this.deliveryRecords.get(key);
    if (record === undefined) {
      const about = { event, eventId, eventName, listenerId };
      record = { ...about, driver: undefined, runs: [], deadLetter: undefined, cause: undefined };
      this.deliveryRecords.set(key, record);
    }
    return record;
  }

  /** The record of a delivery, if there is one. */
  findDelivery(delivered: IBaseEvent): DeliveryRecord | undefined {
    const { event } = unwrap(delivered);
    return this.deliveryRecords.get(
      toKey(event.getName(), this.getEventId(event), delivered.getListenerId?.()),
    );
  }

  /** The record of a delivery that a store has, if there is one. */
  findStored({ event, eventId, listener }: StoredKey): DeliveryRecord | undefined {
    return this.deliveryRecords.get(toKey(event, eventId, listener));
  }

  /** The record of a delivery that a store has, be it of an event that was dispatched elsewhere. */
  getStored(key: StoredKey): DeliveryRecord {
    return (
      this.findStored(key) ??
      this.getDelivery(new StoredEvent(key.event, key.eventId, key.payload), key.listener)
    );
  }

  /** An event that has no id is given one when it is stored: its delivery is known by that from now on. */
  adopt(key: StoredKey): void {
    if (this.findStored(key) !== undefined) return;
    const record = this.deliveries.find(
      ({ eventName, listenerId, event, runs, cause }) =>
        eventName === key.event &&
        listenerId === key.listener &&
        this.ids.has(event) &&
        runs.length === 0 &&
        cause !== undefined,
    );
    if (record === undefined) return;
    this.deliveryRecords.delete(toKey(record.eventName, record.eventId, record.listenerId));
    const { event, eventId, listener } = key;
    this.deliveryRecords.set(toKey(event, eventId, listener), Object.assign(record, { eventId }));
  }

  /** Runs a delivery, and keeps what becomes of it. */
  async run(
    event: IBaseEvent,
    listenerId: string | undefined,
    signal: AbortSignal | undefined,
    work: () => unknown,
  ): Promise<void> {
    const delivery = this.getDelivery(event, listenerId);
    // It is tried again by hand.
    delivery.deadLetter = undefined;
    const record: RunRecord = { event: unwrap(event).event, status: 'running' };
    delivery.runs.push(record);
    const task = this.activity.begin(`${listenerId ?? 'execute()'} of ${event.getName()}`);
    this.runsOfTasks.set(task, delivery);
    const end = (status: 'succeeded' | 'failed', error?: unknown): void => {
      if (record.status === 'running')
        Object.assign(record, status === 'failed' ? { status, error } : { status });
      this.activity.end(task);
    };
    // What goes on though nobody waits for it has failed.
    const onAbort = (): void => end('failed', toAbortError(signal?.reason));
    signal?.addEventListener('abort', onAbort);
    try {
      await this.activity.within(task, () => this.aroundRun({ delivery, signal, work }));
      end('succeeded');
    } catch (error) {
      end('failed', error);
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Of an event that has no id, this object only is known. */
  private getEventId(event: IBaseEvent): string {
    const own = event.getId?.();
    if (own !== undefined && own !== null) return own;
    const id = this.ids.get(event) ?? `object ${++this.idCount}`;
    this.ids.set(event, id);
    return id;
  }
}

/** A signal that is aborted because of a time limit says so in the cause of its reason. */
function toAbortError(reason: unknown): unknown {
  const { name, cause } = (reason ?? {}) as { readonly name?: unknown; readonly cause?: unknown };
  return name === 'AbortError' && cause !== undefined ? cause : reason;
}

function toKey(eventName: string, eventId: string, listenerId: string | undefined): string {
  return JSON.stringify([eventName, eventId, listenerId]);
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import {
  BaseDriver,
  DeliverySerializer,
  type DriverCapabilities,
  DriverClosedError,
  type DriverHost,
  type DriverOperations,
  EventDriverException,
  type IBaseEvent,
  parseDuration,
  type SerializedDelivery,
} from 'nestjs-event-drivers';
import { DeliveryBook } from './delivery-book.js';
import { DeliveryWorker } from './delivery-worker.js';
import { createOperations } from './file-driver.operations.js';
import { type FileDriverOptions, validateFileDriverOptions } from './file-driver.options.js';
import { FolderLock } from './folder-lock.js';
import { Journal } from './journal.js';
import type { StoredRecord } from './journal-record.js';

/** What the driver consists of once its folder is open. */
interface Opened {
  readonly lock: FolderLock;
  readonly book: DeliveryBook;
  readonly journal: Journal;
  readonly serializer: DeliverySerializer;
  readonly worker: DeliveryWorker;
  readonly operations: DriverOperations;
}

/**
 * Stores deliveries in a file, and makes them from there: with retries and delays, and in spite of crashes.
 * `dispatch()` resolves once the delivery is on the disk.
 *
 * One process can have the folder at a time, and all that is not done is in memory as well.
 */
@Injectable()
export class FileDriver extends BaseDriver<FileDriverOptions> {
  private host: DriverHost | undefined;
  private opening: Promise<Opened> | undefined;
  private opened: Opened | undefined;
  private isClosed = false;

  static override validateOptions(options: unknown): readonly string[] {
    return validateFileDriverOptions(options);
  }

  override get capabilities(): DriverCapabilities {
    return { durable: true, concurrent: true, options: ['delay', 'at', 'retries', 'idempotencyKey'] };
  }

  attach(host: DriverHost): void {
    this.host = host;
  }

  async open(): Promise<void> {
    await this.ready();
  }

  async work(): Promise<void> {
    const { worker } = await this.ready();
    if (this.isWorkedHere()) worker.start();
  }

  dispatch(event: IBaseEvent): Promise<void> {
    return this.dispatchMany([event]);
  }

  /** All of them are one line of the journal: all are stored, or none. */
  async dispatchMany(events: readonly IBaseEvent[]): Promise<void> {
    if (this.isClosed) throw new DriverClosedError(this.getName());
    // Nothing is awaited before the payloads are copied, once the folder is open.
    const { serializer, journal, book, worker } = this.opened ?? (await this.ready());
    const deliveries = await serializer.serialize(events);
    const records = deliveries.filter(({ id }) => !book.has(id)).map((delivery) => this.toRecord(delivery));
    if (records.length === 0) return;
    await journal.append(records);
    worker.look();
  }

  async drain(): Promise<void> {
    await this.opened?.worker.stop();
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    const opened = await this.opening?.catch(() => undefined);
    if (opened === undefined) return;
    opened.worker.release();
    await opened.journal.close();
    await opened.lock.release();
  }

  getOperations(): DriverOperations | undefined {
    return this.opened?.operations;
  }

  /** A dispatch may come before `open()`: from the `onModuleInit()` of another module. */
  private ready(): Promise<Opened> {
    const { host } = this;
    if (host === undefined) {
      const problem = `Driver '${this.getName()}' is not part of an application: configure it in EventsModule.`;
      return Promise.reject(new EventDriverException(problem, this.getName(), []));
    }
    this.opening ??= this.openFolder(host).catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  private async openFolder(host: DriverHost): Promise<Opened> {
    const { folder, concurrency = 10, compactAfter = 10_000 } = this.getOptions()!;
    if (host.mayCreateStores) await mkdir(folder, { recursive: true, mode: 0o700 });
    const serializer = await DeliverySerializer.create(this, host);
    const lock = await FolderLock.take(folder);
    const book = new DeliveryBook(compactAfter);
    let journal: Journal;
    try {
      journal = await Journal.open(join(folder, 'journal.jsonl'), book, compactAfter);
    } catch (error) {
      await lock.release();
      throw error;
    }
    const retryDelayMs = parseDuration(this.getOptions()!.retryDelay ?? '1s')!;
    const clock = this.getClock();
    const worker = new DeliveryWorker({ book, journal, serializer, clock, concurrency, retryDelayMs });
    const operations = createOperations(this.getName(), book, journal, serializer, () => worker.look());
    return (this.opened = { lock, book, journal, serializer, worker, operations });
  }

  private toRecord({ id, data, options }: SerializedDelivery): StoredRecord {
    const { retries = this.getOptions()!.retries ?? 3, at, delayMs } = options;
    const dueAt = at?.getTime() ?? (delayMs === undefined ? undefined : this.getClock().now() + delayMs);
    return { type: 'stored', id, data, retries, attempts: 0, ...(dueAt !== undefined && { dueAt }) };
  }

  /** Its deliveries are all in one queue, which has the name of those that have none. */
  private isWorkedHere(): boolean {
    const { workers } = this.host!;
    if (typeof workers === 'boolean') return workers;
    const name = this.getName();
    return [name, 'default', `${name}.default`].some((queue) => workers.includes(queue));
  }
}

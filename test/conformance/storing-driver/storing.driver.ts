import { Logger } from '@nestjs/common';
import {
  BaseDriver,
  checkOptions,
  DeliverySerializer,
  type DriverCapabilities,
  DriverClosedError,
  type DriverHost,
  type IBaseEvent,
  optionRules,
  type SerializedDelivery,
  UnrecoverableError,
} from 'nestjs-event-drivers';
import type { Entry, MemoryStore } from './memory-store.js';

export interface StoringDriverOptions {
  readonly store: MemoryStore;
  readonly retries?: number;
}

/** A durable driver whose store is an object that outlives it. */
export class StoringDriver extends BaseDriver<StoringDriverOptions> {
  protected host: DriverHost | undefined;
  protected isClosed = false;
  private readonly logger = new Logger(StoringDriver.name);
  private readonly running = new Set<Promise<void>>();
  private serializer: Promise<DeliverySerializer> | undefined;
  private opened: DeliverySerializer | undefined;
  private isWorking = false;
  private hasCrashed = false;
  private timer: NodeJS.Timeout | undefined;

  static override validateOptions(options: unknown): readonly string[] {
    const rules = { store: optionRules.objectWith('add'), retries: optionRules.wholeNumber(0) };
    return checkOptions(options, rules, ['store']);
  }

  override get capabilities(): DriverCapabilities {
    return { durable: true, concurrent: true, options: ['delay', 'at', 'retries', 'idempotencyKey'] };
  }

  attach(host: DriverHost): void {
    this.host = host;
  }

  async open(): Promise<void> {
    this.opened = await (this.serializer ??= DeliverySerializer.create(this, this.host!));
    this.store.recover();
  }

  async work(): Promise<void> {
    this.isWorking = this.shouldWork();
    this.pump();
  }

  dispatch(event: IBaseEvent): Promise<void> {
    return this.dispatchMany([event]);
  }

  async dispatchMany(events: readonly IBaseEvent[]): Promise<void> {
    this.assertOpen();
    if (this.opened === undefined) await this.open();
    const deliveries = await this.opened!.serialize(events);
    this.store.add(deliveries.map((delivery) => this.toEntry(delivery)));
    this.pump();
  }

  async drain(): Promise<void> {
    this.isWorking = false;
    clearTimeout(this.timer);
    await Promise.all(this.running);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.drain();
  }

  /** As if its process had died. */
  crash(): void {
    this.hasCrashed = true;
    this.isWorking = false;
  }

  protected get store(): MemoryStore {
    return this.getOptions()!.store;
  }

  protected shouldWork(): boolean {
    return this.host!.workers !== false;
  }

  protected assertOpen(): void {
    if (this.isClosed) throw new DriverClosedError(this.getName());
  }

  protected toEntry({ id, data, options }: SerializedDelivery): Entry {
    const { retries = this.getOptions()!.retries ?? 1, at, delayMs = 0 } = options;
    const dueAt = at?.getTime() ?? Date.now() + delayMs;
    return { id, data, attemptsAtMost: retries + 1, dueAt, attempt: 0, status: 'waiting' };
  }

  protected pump(): void {
    clearTimeout(this.timer);
    if (!this.isWorking) return;
    const now = Date.now();
    for (const entry of this.store.waiting.filter(({ dueAt }) => dueAt <= now)) {
      const run = this.run(entry).finally(() => this.running.delete(run));
      this.running.add(run);
    }
    const next = Math.min(...this.store.waiting.map(({ dueAt }) => dueAt));
    if (next !== Infinity) this.timer = setTimeout(() => this.pump(), Math.min(next - now, 60_000));
  }

  protected fail(entry: Entry, error: unknown): void {
    const isLast = UnrecoverableError.isInstance(error) || entry.attempt >= entry.attemptsAtMost;
    this.logger.warn(`${entry.data.event} to ${entry.data.listener} failed`);
    Object.assign(entry, { status: isLast ? 'failed' : 'waiting', error });
  }

  protected finish(entry: Entry): void {
    entry.status = 'done';
  }

  protected hold(entry: Entry): void {
    entry.status = 'held';
  }

  private async run(entry: Entry): Promise<void> {
    entry.status = 'running';
    const delivery = await this.opened!.deserialize(entry.data).catch(() => undefined);
    if (delivery === undefined) {
      this.hold(entry);
      return;
    }
    entry.attempt++;
    try {
      await delivery.execute();
      if (!this.hasCrashed) this.finish(entry);
    } catch (error) {
      if (!this.hasCrashed) this.fail(entry, error);
    }
    this.pump();
  }
}

import { BacklogError } from 'nestjs-event-drivers';
import { Coalescer, type CoalescerOptions } from '../../../lib/queue/coalescer.js';
import type { StoredDelivery } from '../../../lib/queue/stored-delivery.js';

export const MEGABYTE = 1024 * 1024;

/** Deliveries that are added together. */
export interface UnitPlan {
  /** The ordering key of each of its deliveries. */
  readonly keys: readonly (string | undefined)[];
  /** Whether the store refuses whatever it is part of. */
  readonly isPoisonous: boolean;
  readonly megabytes: number;
}

export type Step =
  | { readonly kind: 'add'; readonly plan: UnitPlan }
  | { readonly kind: 'settle'; readonly nth: number; readonly isDown: boolean }
  | { readonly kind: 'turn' | 'flush' | 'abandon' };

interface Unit extends UnitPlan {
  readonly deliveries: readonly StoredDelivery[];
  isWaiting: boolean;
  /** With which it was first given to the store. */
  batch: readonly Unit[];
  /** What is to become of it, as soon as that is certain: `undefined` if it is stored. */
  due?: { readonly error: unknown };
  /** What its caller was told. */
  told?: { readonly error: unknown };
}

interface Call {
  readonly units: readonly Unit[];
  readonly end: PromiseWithResolvers<void>;
}

class Refusal extends Error {}

const STORED = { error: undefined };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const keysOf = (units: readonly Unit[]): Set<string | undefined> =>
  new Set(units.flatMap(({ keys }) => keys).filter((key) => key !== undefined));

/** A coalescer, a store whose calls end when a schedule says so, and what may be expected of the two. */
export class CoalescerRun {
  private readonly units: Unit[] = [];
  private readonly calls: Call[] = [];
  private readonly flushes: { isOver: boolean }[] = [];
  /** A store that throws would merely be one that is down. */
  private readonly problems: unknown[] = [];
  private readonly coalescer: Coalescer;
  private count = 0;

  constructor(private readonly options: Omit<CoalescerOptions, 'driverName' | 'isRefusal'>) {
    this.coalescer = new Coalescer((deliveries) => this.store(deliveries), {
      ...options,
      driverName: 'queue',
      isRefusal: (error) => error instanceof Refusal,
    });
  }

  /** @throws if a promise of the coalescer is not kept */
  async follow(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.take(step);
    for (await this.endTurn(); this.calls.length > 0; await this.endTurn()) this.settle(0, false);
    await this.coalescer.flush();
    expect(this.units.filter(({ told }) => told === undefined)).toEqual([]);
    expect(this.flushes.every(({ isOver }) => isOver)).toBe(true);
  }

  private async take(step: Step): Promise<void> {
    if (step.kind === 'add') this.add(step.plan);
    else if (step.kind === 'settle') this.settle(step.nth, step.isDown);
    else if (step.kind === 'flush') this.flush();
    else if (step.kind === 'abandon') this.abandon();
    else await this.endTurn();
  }

  private get waiting(): Unit[] {
    return this.units.filter(({ isWaiting }) => isWaiting);
  }

  private add(plan: UnitPlan): void {
    const deliveries = plan.keys.map((orderingKey): StoredDelivery => {
      const id = String(this.count++);
      const data = { event: 'e', version: 1, eventId: id, payload: null };
      return { id, data, options: orderingKey === undefined ? {} : { orderingKey } };
    });
    const waiting = this.waiting.flatMap(({ keys }) => keys).length;
    const isRefused = waiting > 0 && waiting + deliveries.length > this.options.maxWaiting;
    const added = this.coalescer.add(deliveries, plan.megabytes * MEGABYTE);
    if (isRefused) {
      added.then(() => this.problems.push('more wait than may'), (error: unknown) => this.note(() => expect(error).toBeInstanceOf(BacklogError))); // prettier-ignore
      return;
    }
    const unit: Unit = { ...plan, deliveries, isWaiting: true, batch: [] };
    this.units.push(unit);
    added.then(
      () => this.tell(unit, STORED),
      (error: unknown) => this.tell(unit, { error }),
    );
  }

  private tell(unit: Unit, told: { readonly error: unknown }): void {
    unit.told = told;
    this.note(() => {
      expect(unit.due).toBeDefined();
      expect(told.error).toBe(unit.due?.error);
    });
  }

  private store(deliveries: readonly StoredDelivery[]): Promise<void> {
    const units = this.units.filter((unit) =>
      unit.deliveries.some((delivery) => deliveries.includes(delivery)),
    );
    const call = { units, end: Promise.withResolvers<void>() };
    this.note(() => this.checkCall(deliveries, units));
    this.calls.push(call);
    for (const unit of units) {
      if (unit.isWaiting) unit.batch = units;
      unit.isWaiting = false;
    }
    return call.end.promise;
  }

  private checkCall(deliveries: readonly StoredDelivery[], units: readonly Unit[]): void {
    // Whole, in the order they were added, and none that is settled or being stored.
    expect(deliveries).toEqual(units.flatMap((unit) => unit.deliveries));
    expect(units.every(({ due }) => due === undefined)).toBe(true);
    const underWay = this.calls.flatMap((call) => call.units);
    expect(units.some((unit) => underWay.includes(unit))).toBe(false);
    expect(this.calls.length).toBeLessThan(this.options.maxInFlight);
    if (units.length > 1) {
      expect(deliveries.length).toBeLessThanOrEqual(this.options.maxBatchSize);
      expect(units.reduce((sum, { megabytes }) => sum + megabytes, 0)).toBeLessThanOrEqual(4);
    }
    for (const key of keysOf(units)) {
      // Whoever has the key is stored in turn: those who came before are part of the call, or settled.
      const unsettled = this.units.filter(({ keys, due }) => keys.includes(key) && due === undefined);
      const stored = units.filter(({ keys }) => keys.includes(key));
      expect(unsettled.slice(0, stored.length)).toEqual(stored);
    }
  }

  private settle(nth: number, isDown: boolean): void {
    const [call] = this.calls.splice(nth % this.calls.length, 1);
    if (call === undefined) return;
    const { units, end } = call;
    if (!isDown && !units.some(({ isPoisonous }) => isPoisonous)) {
      for (const unit of units) unit.due = STORED;
      return end.resolve();
    }
    const error = isDown ? new Error('down') : new Refusal();
    if (isDown || units.length === 1) for (const unit of units) unit.due = { error };
    end.reject(error);
  }

  private flush(): void {
    const pending = this.units.filter(({ due }) => due === undefined);
    const flush = { isOver: false };
    this.flushes.push(flush);
    void this.coalescer.flush().then(() => {
      flush.isOver = true;
      this.note(() => expect(pending.filter(({ due }) => due === undefined)).toEqual([]));
    });
  }

  private abandon(): void {
    const error = new Error('closed');
    for (const unit of this.waiting) {
      unit.isWaiting = false;
      unit.due = { error };
    }
    this.coalescer.abandon(error);
  }

  private async endTurn(): Promise<void> {
    await turn();
    if (this.problems.length > 0) throw this.problems[0];
    // Nobody waits where a call could be made, but for a key that is being stored.
    const [first] = this.waiting;
    if (first === undefined || this.calls.length >= this.options.maxInFlight) return;
    const busy = keysOf(this.calls.flatMap(({ units }) => units.flatMap(({ batch }) => batch)));
    expect(first.keys.some((key) => busy.has(key))).toBe(true);
  }

  private note(assert: () => void): void {
    try {
      assert();
    } catch (problem) {
      this.problems.push(problem);
    }
  }
}

import * as fc from 'fast-check';
import { CircuitOpenError, ResilientDriver } from 'nestjs-event-drivers';
import { SET_CLOCK } from '../../lib/driver/base-driver.js';
import { captureLogs, connected, pausing, settle } from '../support/drivers.js';
import { HandClock } from '../support/hand-clock.js';
import { check } from '../support/property.js';
import { CircuitModel, type Ending } from './support/circuit-model.js';

type Step =
  | { readonly kind: 'begin' }
  | { readonly kind: 'end'; readonly nth: number; readonly ending: Ending }
  | { readonly kind: 'wait'; readonly milliseconds: number };

interface Breaker {
  readonly failures: number;
  readonly resetAfterMs: number;
}

/** A driver and its model, to which the same happens. */
class CircuitRun {
  private readonly clock = new HandClock(0);
  private readonly driver = new ResilientDriver();
  private readonly model: CircuitModel;
  private readonly deliveries: ReturnType<typeof pausing>[] = [];
  private readonly ended = new Set<number>();
  private readonly refused = new Set<number>();

  constructor(breaker: Breaker) {
    connected(this.driver, { breaker, retry: { maxRetries: 1 } });
    this.driver[SET_CLOCK](this.clock);
    this.model = new CircuitModel(breaker.failures, breaker.resetAfterMs);
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'begin') this.begin();
    else if (step.kind === 'end') this.end(step.nth, step.ending);
    else this.clock.moveTo(this.clock.now() + step.milliseconds);
    await settle();
    expect({
      state: this.driver.getCircuitState(),
      running: this.running,
      refused: this.refused,
    }).toEqual({ state: this.model.state, running: this.model.running, refused: this.model.refused });
  }

  private get running(): Set<number> {
    const begun = [...this.deliveries.entries()].filter(([, { event }]) => event.runs > 0);
    return new Set(begun.map(([delivery]) => delivery).filter((delivery) => !this.ended.has(delivery)));
  }

  private begin(): void {
    const delivery = this.deliveries.push(pausing()) - 1;
    this.model.begin(delivery, this.clock.now());
    this.driver.dispatch(this.deliveries[delivery]!.event).catch((error: unknown) => {
      if (error instanceof CircuitOpenError) this.refused.add(delivery);
    });
  }

  /** Ends one of those that run. */
  private end(nth: number, ending: Ending): void {
    const running = [...this.model.running];
    const delivery = running[nth % running.length];
    if (delivery === undefined) return;
    this.model.end(delivery, ending, this.clock.now());
    this.ended.add(delivery);
    const { finish, fail } = this.deliveries[delivery]!;
    if (ending === 'success') finish();
    else fail(new Error(ending));
  }
}

const breaker = fc.record({
  failures: fc.integer({ min: 1, max: 3 }),
  resetAfterMs: fc.constantFrom(1, 10, 1000),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('begin') }),
  fc.record({
    kind: fc.constant('end'),
    nth: fc.nat(3),
    ending: fc.constantFrom('network', 'network', 'success', 'ordinary'),
  }),
  fc.record({ kind: fc.constant('wait'), milliseconds: fc.constantFrom(1, 9, 10, 999, 1000) }),
);

beforeEach(() => {
  captureLogs();
});

it('is closed, open or half-open, and refuses, as it says, whatever ends and however time passes', () =>
  check(
    fc.asyncProperty(breaker, fc.array(step, { maxLength: 60, size: 'max' }), async (given, steps) => {
      const run = new CircuitRun(given);
      for (const taken of steps) await run.take(taken);
    }),
    150,
  ));

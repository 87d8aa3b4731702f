import type { Claim, Outcome, StoredData, StoredDelivery, WorkerCreator, WorkOptions } from '../../index.js';
import type { Cause } from '../events/activity.js';
import type { StoredDeliveries } from '../events/stored-deliveries.js';

/** Makes one claim, or has it made. */
export type RunClaim = (claim: Claim) => Promise<Outcome>;

/** Stands between an engine and what it is to run. */
export interface EngineObserver {
  readonly stored: StoredDeliveries;
  /** Waits for as long as a test keeps the store out of reach. */
  untilConnected(claim: Claim): Promise<void>;
  /** Runs a claim, with whatever a test does to it. */
  run(claim: Claim, cause: Cause, options: WorkOptions, run: RunClaim): Promise<Outcome>;
  /** How a queue is worked. */
  adapt(options: WorkOptions): WorkOptions;
}

/** An engine whose deliveries are followed; in all else it is the one that it stands for. */
export function observeEngine(engine: WorkerCreator, observer: EngineObserver): WorkerCreator {
  const { stored } = observer;
  const methods: Pick<WorkerCreator, 'redrive' | 'store' | 'work'> = {
    redrive: async (deadLetterQueue, filter, limit) => {
      const letters = await engine.listDeadLetters(deadLetterQueue, filter, { limit });
      for (const letter of letters) stored.expect(observed, letter);
      return engine.redrive(deadLetterQueue, filter, limit);
    },
    store: async (queue: string, deliveries: readonly StoredDelivery[], transaction?: unknown) => {
      stored.add(observed, queue, deliveries, transaction);
      try {
        await engine.store(queue, deliveries, transaction);
      } catch (error) {
        stored.remove(deliveries.map(({ id }) => id));
        throw error;
      }
    },
    work: (queue, options, run) => {
      stored.addWorked(queue);
      return engine.work(queue, observer.adapt(options), async (claim) => {
        await observer.untilConnected(claim);
        // What others have written into the store may be anything, and is refused by what is to run it.
        if (typeof (claim.data as Partial<StoredData> | null)?.event !== 'string') return run(claim);
        const { cause } = stored.begin(observed, claim);
        const outcome = await observer.run(claim, cause, options, run);
        stored.end(claim, outcome);
        return outcome;
      });
    },
  };
  const observed: WorkerCreator = new Proxy(engine, {
    get: (target, key) => {
      if (Object.hasOwn(methods, key)) return methods[key as keyof typeof methods];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' && key !== 'constructor' ? value.bind(target) : value;
    },
  });
  return observed;
}

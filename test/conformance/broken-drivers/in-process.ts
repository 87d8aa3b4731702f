import { setTimeout as delay } from 'node:timers/promises';
import {
  AsyncDriver,
  BaseDriver,
  checkOptions,
  type DriverCapabilities,
  type DriverOptionName,
  type IBaseEvent,
  optionRules,
} from 'nestjs-event-drivers';
import type { BrokenDriver } from '../broken-drivers.js';

/** Runs a delivery at once, and takes no options. */
class Plain extends BaseDriver {
  static override validateOptions(options: unknown): readonly string[] {
    return checkOptions(options, {});
  }

  async dispatch(event: IBaseEvent): Promise<void> {
    await event.execute();
  }
}

/** Runs deliveries in the background, without any of the precautions that takes. */
class Background extends Plain {
  override get capabilities(): DriverCapabilities {
    return { durable: false, concurrent: true, background: true };
  }

  override async dispatch(event: IBaseEvent): Promise<void> {
    event.execute().catch(() => undefined);
  }
}

class Named extends BaseDriver<{ name: string }> {
  static override validateOptions(options: unknown): readonly string[] {
    return checkOptions(options, { name: optionRules.text });
  }

  async dispatch(event: IBaseEvent): Promise<void> {
    await event.execute();
  }
}

const background = { driver: AsyncDriver, options: () => ({ background: true }) };

export const BROKEN_IN_PROCESS: readonly BrokenDriver[] = [
  {
    area: 'configuring',
    flaw: 'goes by a name of its own',
    finding: 'getName(): expected "subject", got "mine"',
    harness: {
      driver: class extends Plain {
        override getName(): string {
          return 'mine';
        }
      },
    },
  },
  {
    area: 'configuring',
    flaw: 'keeps its options to itself',
    finding: 'getOptions() is undefined, which is not what it was configured with',
    harness: {
      driver: class extends Named {
        override setOptions(): void {}
      },
      options: () => ({ name: 'a' }),
    },
  },
  {
    area: 'configuring',
    flaw: 'takes any options',
    finding: 'starting an application with 42 as options of the driver resolved',
    harness: {
      driver: class extends Plain {
        static override validateOptions(): readonly string[] {
          return [];
        }
      },
    },
  },
  {
    area: 'configuring',
    flaw: 'throws where options make no sense',
    finding: "failed with 'no such options' instead of an InvalidEventConfigError",
    harness: {
      driver: class extends Plain {
        static override validateOptions(options: unknown): readonly string[] {
          if (options !== undefined) throw new TypeError('no such options');
          return [];
        }
      },
    },
  },
  {
    area: 'configuring',
    flaw: 'does not look at its options',
    finding: 'has no static validateOptions(options)',
    harness: {
      driver: class extends BaseDriver {
        async dispatch(event: IBaseEvent): Promise<void> {
          await event.execute();
        }
      },
      options: () => ({ name: 'a' }),
    },
  },
  {
    area: 'configuring',
    flaw: 'promises an option that there is none of',
    finding: 'options among its capabilities that no dispatch has: expected [], got ["speed"]',
    harness: {
      driver: class extends Plain {
        override get capabilities(): DriverCapabilities {
          return { durable: false, concurrent: false, options: ['speed' as DriverOptionName] };
        }
      },
    },
  },
  {
    area: 'delivering',
    flaw: 'runs a delivery twice',
    finding: 'what ran: expected ["execute a"], got ["execute a","execute a"]',
    harness: {
      driver: class extends Plain {
        override async dispatch(event: IBaseEvent): Promise<void> {
          await event.execute();
          await event.execute();
        }
      },
    },
  },
  {
    area: 'delivering',
    flaw: 'does not wait for the work, and does not say so',
    finding: 'dispatch() resolved before the work was done',
    harness: {
      driver: class extends Plain {
        override async dispatch(event: IBaseEvent): Promise<void> {
          void event.execute();
        }
      },
    },
  },
  {
    area: 'delivering',
    flaw: 'waits for the work, and says that it does not',
    finding: 'dispatch() to resolve while the work was not done',
    harness: {
      driver: class extends Background {
        override dispatch(event: IBaseEvent): Promise<void> {
          return event.execute();
        }
      },
    },
  },
  {
    area: 'failing',
    flaw: 'swallows what a listener throws',
    finding: 'dispatch() resolved although a listener has thrown',
    harness: {
      driver: class extends Plain {
        override async dispatch(event: IBaseEvent): Promise<void> {
          await event.execute().catch(() => undefined);
        }
      },
    },
  },
  {
    area: 'failing',
    flaw: 'throws an error of its own in place of it',
    finding: "dispatch() rejected with 'it failed', where what the listener has thrown is not to be found",
    harness: {
      driver: class extends Plain {
        override async dispatch(event: IBaseEvent): Promise<void> {
          await event.execute().catch(() => {
            throw new Error('it failed');
          });
        }
      },
    },
  },
  {
    area: 'failing',
    flaw: 'takes whatever was thrown for an error',
    finding: 'does not lose a frozen error that a listener throws',
    harness: {
      driver: class extends Plain {
        override async dispatch(event: IBaseEvent): Promise<void> {
          await event.execute().catch((error: Error) => {
            throw Object.assign(error, { driver: this.getName() });
          });
        }
      },
    },
  },
  {
    area: 'failing',
    flaw: 'fails in the background without a word',
    finding: 'in vain until the failure was known',
    harness: { driver: Background },
  },
  {
    area: 'failing',
    flaw: 'tries again whatever it was',
    finding: 'what ran: expected ["execute a"], got ["execute a","execute a"]',
    harness: {
      driver: class extends Plain {
        override dispatch(event: IBaseEvent): Promise<void> {
          return event.execute().catch(() => event.execute());
        }
      },
    },
  },
  {
    area: 'concurrency',
    flaw: 'says that it delivers at a time, and does so one after another',
    finding: 'in vain until both listeners were running at a time',
    harness: {
      driver: class extends AsyncDriver {
        override setOptions(): void {
          super.setOptions({ maxConcurrency: 1 });
        }
      },
      options: () => ({}),
    },
  },
  {
    area: 'concurrency',
    flaw: 'delivers at a time, and does not say so',
    finding: 'both listeners were running at a time',
    harness: {
      driver: class extends Background {
        override get capabilities(): DriverCapabilities {
          return { durable: false, concurrent: false, background: true };
        }
      },
    },
  },
  {
    area: 'concurrency',
    flaw: 'forgets what comes while it is busy',
    finding: 'in vain until 50 pieces of work were done',
    harness: {
      driver: class extends Plain {
        private isBusy = false;

        override async dispatch(event: IBaseEvent): Promise<void> {
          if (this.isBusy) return;
          this.isBusy = true;
          await event.execute().finally(() => (this.isBusy = false));
        }
      },
    },
  },
  {
    area: 'options',
    flaw: 'promises delays, and does not know of them',
    finding: 'honours delay, or refuses it: Error: the work was begun after',
    harness: {
      driver: class extends Plain {
        override get capabilities(): DriverCapabilities {
          return { durable: false, concurrent: false, options: ['delay'] };
        }
      },
    },
  },
  {
    area: 'aborting',
    flaw: 'gives the work a signal that nobody aborts',
    finding: 'in vain until the signal that the work was given was aborted',
    harness: {
      driver: class extends Plain {
        override async dispatch(event: IBaseEvent): Promise<void> {
          await event.execute(new AbortController().signal);
        }
      },
    },
  },
  {
    area: 'aborting',
    flaw: 'runs the event that it is given to stand for',
    finding: 'the work was given no signal',
    harness: {
      driver: class extends Plain {
        override async dispatch(event: IBaseEvent): Promise<void> {
          const { event: inner = event } = event as { event?: IBaseEvent };
          await inner.execute();
        }
      },
    },
  },
  {
    area: 'shutting down',
    flaw: 'does not wait for what it has accepted',
    finding: 'close() of the application resolved while work was going on',
    harness: { driver: Background },
  },
  {
    area: 'shutting down',
    flaw: 'takes more when it is closed',
    finding: 'dispatching after close() resolved',
    harness: {
      ...background,
      driver: class extends AsyncDriver {
        override close(): Promise<void> {
          return this.drain();
        }
      },
    },
  },
  {
    area: 'shutting down',
    flaw: 'hangs where it is closed again',
    finding: 'in vain for drain() and close() to resolve once they are done',
    harness: {
      driver: class extends Plain {
        private isClosed = false;

        close(): Promise<void> {
          const closing = this.isClosed ? new Promise<void>(() => {}) : Promise.resolve();
          this.isClosed = true;
          return closing;
        }
      },
    },
  },
  {
    area: 'shutting down',
    flaw: 'does not say what is left',
    finding: 'getPending() while the work was going on: expected',
    harness: {
      ...background,
      driver: class extends AsyncDriver {
        override getPending(): readonly IBaseEvent[] {
          return [];
        }
      },
    },
  },
  {
    area: 'shutting down',
    flaw: 'leaves a timer running',
    finding: 'Let go of it in close(); so far ran: execute a; what is left: Timeout',
    harness: {
      driver: class extends Plain {
        async open(): Promise<void> {
          void delay(3000);
        }
      },
    },
  },
];

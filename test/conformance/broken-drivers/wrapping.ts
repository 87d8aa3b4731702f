import {
  BaseEvent,
  checkOptions,
  type DriverCapabilities,
  type IBaseEvent,
  optionRules,
  WrappingDriver,
} from 'nestjs-event-drivers';
import type { BrokenDriver } from '../broken-drivers.js';

/** Adds nothing to the driver that it wraps. */
class Wrapper extends WrappingDriver {
  static override validateOptions(options: unknown): readonly string[] {
    return checkOptions(options, { driver: optionRules.text });
  }

  dispatch(event: IBaseEvent): Promise<void> {
    return this.deliver(event);
  }
}

/** An event in place of the one that it was given. */
class Copy extends BaseEvent<unknown> {
  constructor(private readonly original: IBaseEvent) {
    super(original.getPayload());
  }

  override getName(): string {
    return this.original.getName();
  }

  override execute(signal?: AbortSignal): Promise<void> {
    return this.original.execute(signal);
  }

  getListenerId(): string | undefined {
    return this.original.getListenerId?.();
  }
}

export const BROKEN_WRAPPERS: readonly BrokenDriver[] = [
  {
    area: 'wrapping',
    flaw: 'runs deliveries itself',
    finding: 'what the wrapped driver was given: expected',
    harness: {
      driver: class extends Wrapper {
        override async dispatch(event: IBaseEvent): Promise<void> {
          await event.execute();
        }
      },
    },
  },
  {
    area: 'wrapping',
    flaw: 'says that nothing is stored',
    finding: 'around a durable driver it is neither durable nor in the background',
    harness: {
      driver: class extends Wrapper {
        override get capabilities(): DriverCapabilities {
          return { durable: false, concurrent: false };
        }
      },
    },
  },
  {
    area: 'wrapping',
    flaw: 'hands on an event of its own',
    finding: 'delay is among the capabilities, and has not reached the wrapped driver',
    harness: {
      driver: class extends Wrapper {
        override dispatch(event: IBaseEvent): Promise<void> {
          return this.deliver(new Copy(event));
        }
      },
    },
  },
];

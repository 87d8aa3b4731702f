import type { DriverName } from '../driver/driver-names.js';
import { describeThrown } from '../errors/index.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { LineLogger } from '../utils/line-logger.js';
import type { DispatchOptions } from './dispatch-options.js';

interface EarlyDispatch {
  readonly event: IBaseEvent;
  readonly target: DriverName | DispatchOptions | undefined;
  readonly outcome: PromiseWithResolvers<void>;
}

/** Keeps what is dispatched before the application is known. */
export class EarlyDispatches {
  private readonly logger = new LineLogger('EventsModule');
  private kept: EarlyDispatch[] = [];

  /** Whoever dispatches in a constructor cannot wait for the outcome, so a failure is logged as well. */
  keep(event: IBaseEvent, target: DriverName | DispatchOptions | undefined): Promise<void> {
    const name = event.getName();
    const outcome = Promise.withResolvers<void>();
    outcome.promise.catch((error: unknown) =>
      this.logger.error(
        `Event '${name}', dispatched while the application started, failed: ${describeThrown(error)}`,
      ),
    );
    this.kept.push({ event, target, outcome });
    return outcome.promise;
  }

  /** Has all of it dispatched. */
  release(
    dispatch: (event: IBaseEvent, target: DriverName | DispatchOptions | undefined) => Promise<void>,
  ): void {
    for (const { event, target, outcome } of this.take()) outcome.resolve(dispatch(event, target));
  }

  /** It is never dispatched, and whoever waits for it is told why. */
  abandon(error: unknown): void {
    for (const { outcome } of this.take()) outcome.reject(error);
  }

  private take(): EarlyDispatch[] {
    const kept = this.kept;
    this.kept = [];
    return kept;
  }
}

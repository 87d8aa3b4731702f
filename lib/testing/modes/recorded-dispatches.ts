import type { DispatchOptions, IBaseEvent } from '../../index.js';
import { isEvent } from '../../event/is-event.js';
import type { Recorder } from '../events/recorder.js';
import type { DispatchRecord } from '../events/records.js';
import type { Settler } from '../events/settler.js';
import type { EventModes } from './mode.js';

/** What failed of dispatches that were made together, by their index. */
export type DispatchFailures = { index: number; error: unknown }[];

/** How many tasks are in one another before the stack is begun anew. */
const MAX_DEPTH = 101;

/** Makes dispatches, and keeps what becomes of them. */
export class RecordedDispatches {
  constructor(
    private readonly recorder: Recorder,
    private readonly modes: EventModes,
    private readonly settler: Settler,
  ) {}

  /** Records a dispatch, and waits for what is to be delivered in it. */
  async dispatch(
    event: IBaseEvent,
    options: Readonly<DispatchOptions>,
    dispatch: () => Promise<void>,
  ): Promise<void> {
    const record = this.recorder.addDispatch(event, options, this.modes.getMode(event) === 'fake');
    await this.deliverIn([event], `dispatch of ${event.getName()}`, async () => {
      try {
        await dispatch();
        record.status = 'resolved';
      } catch (error) {
        reject(record, error);
        throw error;
      }
    });
  }

  /** @param isStored whether all there is to do for an event is to store it: what is not stored together has failed */
  async dispatchMany(
    events: readonly IBaseEvent[],
    options: Readonly<DispatchOptions>,
    dispatch: () => Promise<DispatchFailures>,
    isStored: (event: IBaseEvent) => boolean,
  ): Promise<DispatchFailures> {
    const records = events.map((event) =>
      isEvent(event) ? this.recorder.addDispatch(event, options, false) : undefined,
    );
    return this.deliverIn(events.filter(isEvent), 'dispatchMany()', async () => {
      const failures = await dispatch();
      const byIndex = new Map(failures.map(({ index, error }) => [index, error]));
      for (const [index, record] of records.entries()) {
        if (record === undefined) continue;
        if (byIndex.has(index)) reject(record, byIndex.get(index));
        else if (failures.length > 0 && isStored(record.event)) reject(record, failures[0]!.error);
        else record.status = 'resolved';
      }
      return failures;
    });
  }

  /** The outermost dispatch waits for what is delivered inline; one that a delivery makes would wait for itself. */
  private async deliverIn<T>(
    events: readonly IBaseEvent[],
    label: string,
    dispatch: () => Promise<T>,
  ): Promise<T> {
    const { activity } = this.recorder;
    // Listeners that dispatch to one another at once are deeper in the stack for being watched.
    if (((activity.getCurrent()?.depth ?? 0) + 1) % MAX_DEPTH === 0) await Promise.resolve();
    const isInline = events.some((event) => this.modes.getMode(event) === 'inline');
    if (!isInline || activity.getCurrent() !== undefined) return activity.track(label, dispatch);
    const cause = activity.createCause();
    try {
      return await activity.track(label, dispatch, cause);
    } finally {
      await this.settler.untilDelivered(cause);
    }
  }
}

function reject(record: DispatchRecord, error: unknown): void {
  record.status = 'rejected';
  record.error = error;
}

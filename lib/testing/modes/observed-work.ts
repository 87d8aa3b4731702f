import type { IBaseEvent } from '../../index.js';
import { EventView } from '../../event/event-view.js';
import type { Recorder } from '../events/recorder.js';

/** An event whose own work is recorded. Deliveries to listeners are recorded where the listeners are called. */
export class ObservedWork extends EventView {
  constructor(
    event: IBaseEvent,
    private readonly recorder: Recorder,
  ) {
    super(event);
  }

  execute(signal?: AbortSignal): Promise<void> {
    return this.recorder.run(this.event, undefined, signal, () => this.event.execute(signal));
  }
}

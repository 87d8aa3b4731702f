import type { EventExplanation } from '../../operations/explain-event.js';
import type { QueueControls } from '../../operations/queue-controls.js';

/** What commands can do with the queues, wherever these were found. */
export interface Source {
  readonly queues: Pick<
    QueueControls,
    'getQueues' | 'count' | 'listFailed' | 'previewRedrive' | 'redrive' | 'purge' | 'setPaused'
  >;
  /** Only an application knows which way its events go. */
  explain?(event: string): EventExplanation;
  close(): Promise<void>;
}

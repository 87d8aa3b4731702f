import type { WorkerCreator } from '../../index.js';
import { InMemoryWorkerCreator } from '../in-memory/in-memory.worker-creator.js';
import type { EventModes } from './mode.js';

/** An engine that stands in for another: it keeps what is stored in memory, and can do no more than that one can. */
export function createEngineInMemory(engine: WorkerCreator, modes: EventModes): WorkerCreator {
  return new InMemoryWorkerCreator({
    capabilities: { ...engine.capabilities, batchesAtOnce: 0 },
    isInstant: modes.has('inline'),
  });
}

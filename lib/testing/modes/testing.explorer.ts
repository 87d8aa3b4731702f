import { Injectable, type Type } from '@nestjs/common';
import { ListenerExplorer } from '../../listener/listener.explorer.js';
import type { Listener } from '../../listener/listener.js';
import type { Recorder } from '../events/recorder.js';

/** An explorer whose listeners are recorded when they are called. */
export function createTestingExplorer(recorder: Recorder): Type<ListenerExplorer> {
  @Injectable()
  class TestingListenerExplorer extends ListenerExplorer {
    override explore(): Listener[] {
      return super.explore().map((listener) => ({
        ...listener,
        invoke: (event, signal, transaction) =>
          recorder.run(event, listener.id, signal, () => listener.invoke(event, signal, transaction)),
      }));
    }
  }
  return TestingListenerExplorer;
}

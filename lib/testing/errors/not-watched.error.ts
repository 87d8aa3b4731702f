import { EventsError } from '../../errors/index.js';

/** A test asks what has happened, and nobody has looked. */
export class NotWatchedError extends EventsError {
  readonly code = 'EVENTS_NOT_WATCHED';

  constructor() {
    super(
      'Nothing is watched here. Call fakeEvents() on the builder of the testing module, once and before its compile(), or ' +
        'import EventsTestingModule.forRoot() in place of EventsModule.forRoot().',
    );
  }
}

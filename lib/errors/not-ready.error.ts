import { EventsError } from './events.error.js';

/** Drivers or listeners were asked for while the application was still being created. */
export class NotReadyError extends EventsError {
  readonly code = 'EVENTS_NOT_READY';

  constructor() {
    super(
      'The application is still being created: its drivers and listeners are known from onModuleInit() ' +
        'on. (Dispatching is possible before; the event is kept until then.)',
    );
  }
}

/** The resolved configuration of the application. */
export const RESOLVED_CONFIG = Symbol('nestjs-event-drivers:resolved-config');

/** The configuration as the application gave it. */
export const EVENT_CONFIG = Symbol('nestjs-event-drivers:config');

/** What one `EventsModule.forFeature()` adds. */
export const EVENTS_FEATURE = Symbol('nestjs-event-drivers:feature');

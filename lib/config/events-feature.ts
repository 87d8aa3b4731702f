import type { DriverConfig } from '../driver/configure-driver.js';
import type { EventClass } from '../event/event.interface.js';

/** What one `EventsModule.forFeature()` adds to the configuration. */
export class EventsFeature {
  readonly events: readonly EventClass[];
  readonly drivers: Readonly<Record<string, DriverConfig>>;

  constructor({
    events = [],
    drivers = {},
  }: {
    events?: readonly EventClass[];
    drivers?: Readonly<Record<string, DriverConfig>>;
  }) {
    this.events = events;
    this.drivers = drivers;
  }
}

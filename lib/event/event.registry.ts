import { getEventName } from './event-name.js';
import type { EventClass } from './event.interface.js';

/** The event classes of one application, by name. */
export class EventRegistry {
  private readonly classes = new Map<string, EventClass>();

  /**
   * Adds a class under its name.
   *
   * @returns the other class that has the name already, if one has; the registry is then unchanged
   */
  register(eventClass: EventClass): EventClass | undefined {
    const name = getEventName(eventClass);
    const existing = this.classes.get(name);
    if (existing === undefined) this.classes.set(name, eventClass);
    return existing === eventClass ? undefined : existing;
  }

  get(name: string): EventClass | undefined {
    return this.classes.get(name);
  }

  getNames(): readonly string[] {
    return [...this.classes.keys()];
  }
}

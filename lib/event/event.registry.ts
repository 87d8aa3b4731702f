import { getEventName } from './event-name.js';
import type { EventClass } from './event.interface.js';

/** The event classes of one application, by name. */
export class EventRegistry {
  private readonly classes = new Map<string, EventClass>();
  /** Those that were met at a dispatch only. */
  private readonly undeclared = new Set<EventClass>();
  private readonly reported = new Set<EventClass>();

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

  /** Adds a class that neither the configuration nor a listener names, unless its name is taken. */
  discover(eventClass: EventClass): void {
    const isNew = this.get(getEventName(eventClass)) === undefined;
    if (isNew && this.register(eventClass) === undefined) this.undeclared.add(eventClass);
  }

  get(name: string): EventClass | undefined {
    return this.classes.get(name);
  }

  getNames(): readonly string[] {
    return [...this.classes.keys()];
  }

  /**
   * Whether every process that runs the application knows the class of that name, not only one that has dispatched
   * such an event.
   */
  isDeclared(name: string): boolean {
    const eventClass = this.classes.get(name);
    return eventClass !== undefined && !this.undeclared.has(eventClass);
  }

  /** Whether something about a class is to be reported; only the first time that it is asked for. */
  isFirstReport(eventClass: EventClass): boolean {
    const { size } = this.reported;
    return this.reported.add(eventClass).size > size;
  }
}

import type { EventRegistry } from '../event/event.registry.js';
import type { PlanKey } from './create-plan.js';
import { LineLogger } from '../utils/line-logger.js';

const logger = new LineLogger('EventsModule');

/** Says, once for a class, that what is stored of its events cannot be delivered by every process. */
export function warnOfUndeclared(
  { eventClass, name }: Pick<PlanKey, 'eventClass' | 'name'>,
  events: EventRegistry,
): void {
  if (events.isDeclared(name) || !events.isFirstReport(eventClass)) return;
  const whoKnows =
    events.get(name) === undefined
      ? 'No process can deliver it'
      : 'Another process, or this one after a restart, cannot deliver it';
  logger.warn(
    `Event '${name}' (class ${eventClass.name}) is stored, but neither 'events' of the configuration nor a listener ` +
      `names a class that has this name. ${whoKnows} and will put it among the dead letters (EVENTS_UNKNOWN_EVENT). ` +
      `Add the class to 'events' of EventsModule.forRoot() or forFeature().`,
  );
}

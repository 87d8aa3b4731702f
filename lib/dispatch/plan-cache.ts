import { InvalidEventError } from '../errors/index.js';
import { BaseEvent } from '../event/base-event.js';
import type { EventClass, IBaseEvent } from '../event/event.interface.js';
import type { PlanKey, WorkOwner } from './create-plan.js';
import type { EventPlan } from './event-plan.js';

/** The plans of events of one class and name, by the driver that the dispatch or the event asks for. */
interface PlanVariants {
  readonly byRequestedDriver: Map<string, EventPlan>;
  readonly byOwnDriver: Map<string | undefined, EventPlan>;
}

/** An event whose name is made up anew each time must not fill the memory with plans. */
const MAX_PLANS = 10_000;

// oxlint-disable-next-line typescript/unbound-method -- they are compared, and never called
const { execute, getName, getDriverName } = BaseEvent.prototype;

/** Makes a plan once for all events that are delivered alike. */
export class PlanCache {
  /** For the classes whose events are all delivered alike. */
  private readonly byClass = new Map<unknown, EventPlan>();
  /** For the others: by whose work they have, then by class and name. */
  private readonly byName: Readonly<Record<WorkOwner, Map<EventClass, Map<string, PlanVariants>>>> = {
    nobody: new Map(),
    class: new Map(),
    instance: new Map(),
  };

  /** The plan of an event that is delivered as all of its class are: an instance may have methods of its own. */
  findKnown(event: IBaseEvent): EventPlan | undefined {
    const plan = this.byClass.get(event?.constructor);
    const isPlain =
      plan !== undefined &&
      event.execute === event.constructor.prototype.execute &&
      event.getDriverName === getDriverName &&
      event.getName === getName;
    return isPlain ? plan : undefined;
  }

  /**
   * The plan of any event, made now unless there is one.
   *
   * @throws {@link InvalidEventError} if the event has no name
   */
  get(event: IBaseEvent, requested: string | undefined, createPlan: (key: PlanKey) => EventPlan): EventPlan {
    const eventClass = (typeof event.constructor === 'function' ? event.constructor : Object) as EventClass;
    const name = event.getName();
    if (typeof name !== 'string' || name === '') throw new InvalidEventError(event, { name });
    const ofEvent = event.getDriverName?.();
    const isPlain =
      requested === undefined && event.getName === getName && event.getDriverName === getDriverName;
    const work = getWorkOwner(event, eventClass);
    const create = (): EventPlan => createPlan({ eventClass, name, work, requested, ofEvent });
    if (isPlain && event.execute === eventClass.prototype.execute) {
      return remember(this.byClass, eventClass, create);
    }
    const byName = remember(this.byName[work], eventClass, () => new Map());
    const variants = remember(byName, name, createVariants);
    return requested === undefined
      ? remember(variants.byOwnDriver, ofEvent, create)
      : remember(variants.byRequestedDriver, requested, create);
  }
}

function createVariants(): PlanVariants {
  return { byRequestedDriver: new Map(), byOwnDriver: new Map() };
}

function remember<K, V>(cache: Map<K, V>, key: K, create: () => V): V {
  let value = cache.get(key);
  if (value === undefined) {
    value = create();
    if (cache.size >= MAX_PLANS) cache.clear();
    cache.set(key, value);
  }
  return value;
}

/** An instance may have work of its own, which its class knows nothing of. */
function getWorkOwner(event: IBaseEvent, eventClass: EventClass): WorkOwner {
  if (event.execute === execute) return 'nobody';
  return event.execute === eventClass.prototype.execute ? 'class' : 'instance';
}

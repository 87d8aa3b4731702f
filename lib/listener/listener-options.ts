import type { DriverName } from '../driver/driver-names.js';
import type { IBaseEvent } from '../event/event.interface.js';

/** What `@OnEvent()` and `@EventListener()` take besides the event. */
export interface ListenerOptions<TEvent extends IBaseEvent = IBaseEvent> {
  /**
   * The driver that delivers to this listener.
   *
   * @defaultValue the event's own driver, else the `defaultDriver`
   */
  driver?: DriverName;

  /**
   * Where it stands among the listeners of an event: lower numbers first, equal ones in the order of
   * registration.
   *
   * @defaultValue 0
   */
  order?: number;

  /**
   * Tells it from all other listeners: in errors, in metrics, and in what durable drivers store.
   * Changing it orphans what is stored under the old one.
   *
   * @defaultValue `<class>.<method>`
   */
  id?: string;

  /** Whether it wants this event. It must answer at once; what it throws fails the delivery. */
  when?: (event: TEvent) => boolean;
}

import type { DriverName } from '../driver/driver-names.js';
import type { DeliveryOptions } from '../event/delivery-options.js';
import type { IBaseEvent } from '../event/event.interface.js';

/** What `@OnEvent()` and `@EventListener()` take besides the event. */
export interface ListenerOptions<TEvent extends IBaseEvent = IBaseEvent> extends DeliveryOptions<TEvent> {
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

  /**
   * Runs it in a database transaction that also completes the delivery: what it writes through its third
   * argument is there if, and only if, the delivery is done. Needs a durable driver that can.
   *
   * @defaultValue false
   */
  transactional?: boolean;

  /** Whether it wants this event. It must answer at once; what it throws fails the delivery. */
  when?: (event: TEvent) => boolean;
}

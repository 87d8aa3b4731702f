import type { DriverHost, IEventDriver } from '../driver/driver.interface.js';
import { getDriverStack } from '../driver/driver-stack.js';
import { describeThrown, UndeliverableError } from '../errors/index.js';
import { getEventMetadata } from '../event/event-metadata.js';
import type { EventClass, IBaseEvent } from '../event/event.interface.js';
import { validatePayload } from '../event/validate-payload.js';
import type { PayloadSerializer } from './payload/payload-serializer.js';
import { rehydrateEvent } from './payload/rehydrate.js';
import { upcastPayload } from './payload/upcast-payload.js';
import type { StoredData } from './stored-delivery.js';

/** Makes deliveries of what is stored of them. */
export class DeliveryUnpacker {
  constructor(
    private readonly host: DriverHost,
    private readonly serializer: PayloadSerializer,
    /** The driver that has stored them, if one has. */
    private readonly driver?: IEventDriver,
  ) {}

  /**
   * At once, unless the event's `upcast` or schema takes its time.
   *
   * @throws what says why it cannot be delivered by this version of the application
   */
  unpack(data: StoredData): IBaseEvent | Promise<IBaseEvent> {
    const eventClass = this.host.getEventClass(data.event);
    if (eventClass === undefined) {
      throw new UndeliverableError(
        'EVENTS_UNKNOWN_EVENT',
        `no event class has the name '${data.event}'; add it to 'events' of the configuration, or redrive it ` +
          `after the deployment that knows it`,
        data.event,
      );
    }
    if (data.driver !== undefined && data.driver !== null) this.checkDriver(data.driver, data.event);
    const metadata = getEventMetadata(eventClass);
    const unpacked = this.serializer.unpack(data.payload, data.types, data.event);
    const validate = (current: unknown): unknown => validatePayload(metadata, current, 'arrival');
    const finish = (payload: unknown): IBaseEvent => this.createDelivery(eventClass, payload, data);
    const current = upcastPayload(metadata, unpacked, data.version);
    if (current instanceof Promise) return current.then(validate).then(finish);
    const payload = validate(current);
    return payload instanceof Promise ? payload.then(finish) : finish(payload);
  }

  private createDelivery(eventClass: EventClass, payload: unknown, data: StoredData): IBaseEvent {
    const event = rehydrateEvent(eventClass, payload, data.eventId, data.timestamp);
    const delivery = this.host.createDelivery(event, data.listener ?? undefined);
    if (delivery !== undefined) return delivery;
    throw new UndeliverableError(
      'EVENTS_UNKNOWN_LISTENER',
      `no listener of '${data.event}' has the id '${data.listener}'; it may have been renamed or removed`,
      data.event,
      data.listener,
    );
  }

  private checkDriver(name: string, eventName: string): void {
    let named: IEventDriver;
    try {
      named = this.host.getDriver(name);
    } catch (error) {
      throw new UndeliverableError('EVENTS_UNKNOWN_DRIVER', describeThrown(error), eventName);
    }
    if (this.driver === undefined || !getDriverStack(named).includes(this.driver)) return;
    throw new UndeliverableError(
      'EVENTS_CIRCULAR_DRIVER',
      `driver '${name}', which is to deliver it, stores it in '${this.driver.getName()}' again, where it is already`,
      eventName,
    );
  }
}

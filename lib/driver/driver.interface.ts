import type { ContextCarrier } from '../config/context-carrier.js';
import type { DeliveryOptionName } from '../event/delivery-options.js';
import type { DriverOperations } from './driver-operations.js';
import type { EventClass, IBaseEvent } from '../event/event.interface.js';

/** What a driver promises, as far as the order of a dispatch depends on it. */
export interface DriverCapabilities {
  /**
   * Whether `dispatch()` resolves once the delivery is stored, rather than run. Deliveries of durable
   * drivers are stored before any listener runs in the process.
   *
   * @defaultValue false
   */
  readonly durable: boolean;

  /**
   * Whether the driver bounds by itself how many deliveries run at a time. The listeners of one
   * dispatch are then handed to it together; those of other drivers run one after another.
   *
   * @defaultValue false
   */
  readonly concurrent: boolean;

  /**
   * Whether `dispatch()` resolves once the delivery is accepted, though it is neither stored nor run yet. A
   * driver that stores does not have its deliveries made by such a one, since it would take them for done.
   *
   * @defaultValue false
   */
  readonly background?: boolean;

  /**
   * Which options of events, listeners and dispatches it honours. Any other that reaches it is refused, at
   * start-up or at the dispatch.
   *
   * @defaultValue none
   */
  readonly options?: readonly DriverOptionName[];
}

/** An option that a delivery may have, and that some drivers only can honour. */
export type DriverOptionName = DeliveryOptionName | 'at' | 'transaction' | 'transactional';

/** What a driver may ask of the application that it is part of. */
export interface DriverHost {
  /** The event class of that name. */
  getEventClass(name: string): EventClass | undefined;

  /**
   * The delivery of an event to the listener with that id, if there is one and it hears the event; without an id, that
   * of the event's own work.
   */
  createDelivery(event: IBaseEvent, listenerId?: string): IBaseEvent | undefined;

  /** A driver by its name. @throws an `EventDriverException` if no driver, or more than one, goes by it */
  getDriver(name: string): IEventDriver;

  /** The queues that events and listeners name. */
  getQueueNames(): readonly string[];

  /** The queues that this process works: all, none, or those named. */
  readonly workers: boolean | readonly string[];

  /** Whether a weakness of a server, otherwise a warning, is an error. */
  readonly strict: boolean;

  /** Whether stores that are not there are created; not so where something is only looked into. */
  readonly mayCreateStores: boolean;

  /** What is carried along from a dispatch to its deliveries. */
  readonly context: readonly ContextCarrier[];

  /** One value for all drivers of the application: what the first one created under that key. */
  share<T>(key: unknown, create: () => T): T;
}

/** Decides how, when and where a delivery runs. */
export interface IEventDriver {
  /**
   * Delivers an event: its own work, or its delivery to one listener, which is an event as well.
   *
   * @returns once the driver has done its part: run it, or stored it
   */
  dispatch(event: IBaseEvent): Promise<void>;

  /** The name it is configured under. */
  getName(): string;

  /** What it promises beyond running the delivery; nothing if absent. */
  readonly capabilities?: DriverCapabilities;

  /** Stores several deliveries together, all or none. Only called on durable drivers. */
  dispatchMany?(events: readonly IBaseEvent[]): Promise<void>;

  /** Called once the application is put together, before anything is dispatched through it. */
  attach?(host: DriverHost): void;

  /** Connects to what it needs. The application does not start if it fails. */
  open?(): Promise<void>;

  /** Begins to deliver what is stored. Called when the application has started. */
  work?(): Promise<void>;

  /** Resolves once what was accepted is done. Called when a shutdown begins. */
  drain?(): Promise<void>;

  /** Takes nothing more into the background, and drains. Called when a shutdown ends. */
  close?(): Promise<void>;

  /** The transaction that is open around the caller, which a delivery would be stored in; `undefined` outside of one. */
  getTransaction?(): unknown;

  /** What can be done with what it stores and gave up; `undefined` where it does neither, or is not open. */
  getOperations?(): DriverOperations | undefined;

  /** What was accepted and is not done yet. */
  getPending?(): readonly IBaseEvent[];
}

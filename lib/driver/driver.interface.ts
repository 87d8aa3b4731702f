import type { IBaseEvent } from '../event/event.interface.js';

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

  /** Resolves once what was accepted is done. Called when a shutdown begins. */
  drain?(): Promise<void>;

  /** Takes nothing more into the background, and drains. Called when a shutdown ends. */
  close?(): Promise<void>;

  /** What was accepted and is not done yet. */
  getPending?(): readonly IBaseEvent[];
}

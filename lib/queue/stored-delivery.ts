/** A thrown value as it is stored: plain, bounded, and of nothing but well-formed text. */
export interface StoredError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
}

/** A delivery as an engine stores it: JSON, and nothing that names a class or a file. */
export interface StoredDelivery {
  /** A UUID that follows from the event and the listener, so that one delivery is stored once. */
  readonly id: string;
  /** What the worker's side gets back unchanged. */
  readonly data: StoredData;
  /** How the engine is to treat it. */
  readonly options: StoreOptions;
  /** `true` if its id was made just now, so that it cannot be stored already; absent if that is not known. */
  readonly isNew?: true;
}

/** What is stored of a delivery, as JSON. */
export interface StoredData {
  /** The name of the event. */
  readonly event: string;
  /** The version of the payload's shape. */
  readonly version: number;
  /** The id of the listener; absent for the event's own `execute()`. */
  readonly listener?: string;
  /** The event's `getId()`. */
  readonly eventId: string;
  /** The event's `getTimestamp()`; absent where that is in its id. */
  readonly timestamp?: number;
  readonly payload: unknown;
  /** What JSON cannot say about the payload, for the serializer; absent if there is nothing. */
  readonly types?: unknown;
  /** What the application carries along: trace context, tenant. Absent if there is nothing. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The driver that delivers on arrival, where the dispatch named one. */
  readonly driver?: string;
}

/** What one delivery asks of the engine; what is absent is as the queue has it. */
export interface StoreOptions {
  /** Not before so many milliseconds have passed, by the clock of the store. */
  readonly delayMs?: number;
  /** Not before this time. */
  readonly at?: Date;
  /** Higher first. */
  readonly priority?: number;
  /** How often to try again after the first attempt. */
  readonly retries?: number;
  /** Deliveries of one group count together against the queue's `groupConcurrency`. */
  readonly group?: string;
  /** Deliveries of one key run one after another, in the order they were stored. */
  readonly orderingKey?: string;
  /** How long one attempt may take, in milliseconds. */
  readonly timeoutMs?: number;
}

export function isStoredError(value: unknown): value is StoredError {
  const { name, message } = (value ?? {}) as Partial<StoredError>;
  return typeof name === 'string' && typeof message === 'string';
}

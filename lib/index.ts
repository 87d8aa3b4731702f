export { EventConfig, type EventConfigInput } from './config/event-config.js';
export type { ContextCarrier } from './config/context-carrier.js';
export type { DispatchOptions } from './dispatch/dispatch-options.js';
export { EventService, type ListenerInfo } from './dispatch/event.service.js';
export { BaseDriver } from './driver/base-driver.js';
export { Clock, type ClockTimer, type TimedStore } from './driver/clock.js';
export type { DriverConfig } from './driver/configure-driver.js';
export type { DriverClass } from './driver/driver-class.js';
// An interface that is exported by name could not be added to from outside.
export * from './driver/driver-names.js';
export type { DriverOperations, FailedFilter, QueueCount } from './driver/driver-operations.js';
export type {
  DriverCapabilities,
  DriverHost,
  DriverOptionName,
  IEventDriver,
} from './driver/driver.interface.js';
export { optionRules } from './driver/option-rules.js';
export { getDriverToken, InjectDriver } from './driver/driver.tokens.js';
export { type DriverLookup, WrappingDriver, type WrappingDriverOptions } from './driver/wrapping-driver.js';
export {
  AsyncDriver,
  type AsyncDriverOptions,
  type BackoffOptions,
  type CircuitBreakerOptions,
  classifyError,
  DebugDriver,
  type DebugDriverOptions,
  type DeliveryMetrics,
  type DriverMetrics,
  type ErrorClass,
  type FailedDelivery,
  type FailedDeliveryFilter,
  type FailedStore,
  FallbackDriver,
  type FallbackDriverOptions,
  InMemoryFailedStore,
  MonitoredDriver,
  type MonitoredDriverOptions,
  type Percentiles,
  type Redaction,
  ResilientDriver,
  type ResilientDriverOptions,
  type RetryAttempt,
  RetryDriver,
  type RetryDriverOptions,
  type RetryReport,
  SyncDriver,
  TimeoutDriver,
  type TimeoutDriverOptions,
} from './drivers/index.js';
export {
  BacklogError,
  CircuitOpenError,
  ContextCarrierError,
  DeliveryAbortedError,
  type DeliveryFailure,
  DispatchTimeoutError,
  DriverClosedError,
  EmbeddedDatabaseInUseError,
  type EmbeddedDatabaseOwner,
  EventDispatchException,
  EventDriverException,
  EventsError,
  type EventsErrorCode,
  EventTimeoutError,
  FallbackExhaustedError,
  type FallbackFailure,
  InvalidEventConfigError,
  InvalidEventError,
  InvalidListenerError,
  InvalidOptionsError,
  InvalidPayloadError,
  InvalidTransactionError,
  NestedTooDeepError,
  NotReadyError,
  type PayloadIssue,
  PostponeError,
  QueueFullError,
  RehydrationError,
  RetryExhaustedError,
  SchemaMismatchError,
  StoreClosedError,
  StoreError,
  StoreTimeoutError,
  StoreUnavailableError,
  UndeliverableError,
  UnreadablePayloadError,
  UnrecoverableError,
  UnsupportedNodeError,
  UnsupportedOptionError,
  UnsupportedVersionError,
} from './errors/index.js';
export type { DeliveryKey, DeliveryOptions } from './event/delivery-options.js';
export { BaseEvent } from './event/base-event.js';
export { Event } from './event/event.decorator.js';
export type { EventClass, IBaseEvent } from './event/event.interface.js';
export type { EventOptions } from './event/event-metadata.js';
export type { StandardSchemaV1 } from './event/standard-schema.js';
export {
  type EventConfigFactory,
  type EventsFeatureOptions,
  EventsModule,
  type EventsModuleAsyncOptions,
  type EventsModuleExtras,
  type EventsModuleOptions,
} from './events.module.js';
export { EventListener, type IEventListener } from './listener/event-listener.decorator.js';
export type { EventPattern } from './listener/event-pattern.js';
export type { ListenerOptions } from './listener/listener-options.js';
export {
  type EventOf,
  type ListenerMethod,
  type ListenerMethodDecorator,
  OnEvent,
} from './listener/on-event.decorator.js';
export { EventQueues } from './operations/event-queues.js';
export type { DeliveryExplanation, EventExplanation } from './operations/explain-event.js';
export type { ProgressOptions, QueueState } from './operations/queue-controls.js';
export { DeliverySerializer, type SerializedDelivery } from './queue/delivery-serializer.js';
export type { EngineCapabilities } from './queue/engine-capabilities.js';
export type { PayloadLimits } from './queue/payload/payload-serializer.js';
export { toStoredError } from './queue/payload/stored-error.js';
export type { IQueableDriverOptions } from './queue/queable-driver-options.js';
export { QueueDriver } from './queue/queue.driver.js';
export type {
  IWorkerCreatorConstructor,
  QueueDriverOptions,
  WorkerCreatorSource,
} from './queue/queue-options.js';
export type { RateLimit, RateLimitOptions } from './queue/rate-limit.js';
export type { StoredData, StoredDelivery, StoredError, StoreOptions } from './queue/stored-delivery.js';
export {
  type Claim,
  type DeadLetter,
  type DeadLetterFilter,
  type DeliveryCount,
  type DeliveryTransaction,
  type OpenOptions,
  type Outcome,
  type QueueDefinition,
  type QueueWorker,
  WorkerCreator,
  type WorkOptions,
} from './queue/worker-creator.js';
export { type Duration, parseDuration } from './utils/duration.js';
export { checkOptions, type OptionRule } from './utils/option-rules.js';

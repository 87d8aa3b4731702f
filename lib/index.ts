export { EventConfig, type EventConfigInput } from './config/event-config.js';
export type { DispatchOptions } from './dispatch/dispatch-options.js';
export { EventService, type ListenerInfo } from './dispatch/event.service.js';
export { BaseDriver } from './driver/base-driver.js';
export type { DriverConfig } from './driver/configure-driver.js';
export type { DriverClass } from './driver/driver-class.js';
// An interface that is exported by name could not be added to from outside.
export * from './driver/driver-names.js';
export type { DriverCapabilities, IEventDriver } from './driver/driver.interface.js';
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
  CircuitOpenError,
  type DeliveryFailure,
  DriverClosedError,
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
  NotReadyError,
  QueueFullError,
  RetryExhaustedError,
  UnrecoverableError,
} from './errors/index.js';
export { BaseEvent } from './event/base-event.js';
export { Event } from './event/event.decorator.js';
export type { EventClass, IBaseEvent } from './event/event.interface.js';
export type { EventOptions } from './event/event-metadata.js';
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

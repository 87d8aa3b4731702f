export { AsyncDriver, type AsyncDriverOptions } from './async.driver.js';
export type { BackoffOptions } from './backoff.js';
export { classifyError, type ErrorClass } from './classify-error.js';
export { DebugDriver, type DebugDriverOptions } from './debug.driver.js';
export type { FailedDelivery, FailedDeliveryFilter, FailedStore, RetryReport } from './failed-store.js';
export { FallbackDriver, type FallbackDriverOptions } from './fallback.driver.js';
export { InMemoryFailedStore } from './in-memory-failed-store.js';
export type { DeliveryMetrics, Percentiles } from './metrics.js';
export { type DriverMetrics, MonitoredDriver, type MonitoredDriverOptions } from './monitored.driver.js';
export type { Redaction } from './redact.js';
export {
  type CircuitBreakerOptions,
  ResilientDriver,
  type ResilientDriverOptions,
} from './resilient.driver.js';
export type { RetryAttempt } from './retry-policy.js';
export { RetryDriver, type RetryDriverOptions } from './retry.driver.js';
export { SyncDriver } from './sync.driver.js';
export { TimeoutDriver, type TimeoutDriverOptions } from './timeout.driver.js';

import type { DriverClass } from '../driver/driver-class.js';
import { AsyncDriver } from './async.driver.js';
import { DebugDriver } from './debug.driver.js';
import { FallbackDriver } from './fallback.driver.js';
import { MonitoredDriver } from './monitored.driver.js';
import { QueueDriver } from '../queue/queue.driver.js';
import { ResilientDriver } from './resilient.driver.js';
import { RetryDriver } from './retry.driver.js';
import { SyncDriver } from './sync.driver.js';
import { TimeoutDriver } from './timeout.driver.js';

/** The drivers of this package that need nothing but the process. */
export const BUILT_IN_DRIVERS: readonly DriverClass[] = [
  AsyncDriver,
  DebugDriver,
  FallbackDriver,
  MonitoredDriver,
  QueueDriver,
  ResilientDriver,
  RetryDriver,
  SyncDriver,
  TimeoutDriver,
];

import { inspect } from 'node:util';
import type { DriverConfig } from '../driver/configure-driver.js';
import { getWrappedDriverNames, isDriverClass } from '../driver/driver-class.js';
import { DriverNames } from '../driver/driver.registry.js';
import {
  anyOf,
  checkOptions,
  flag,
  listOf,
  milliseconds,
  objectWith,
  type OptionRule,
  text,
  wholeNumber,
} from '../utils/option-rules.js';
import { describeThrown, InvalidEventConfigError } from '../errors/index.js';
import type { EventClass } from '../event/event.interface.js';
import type { ContextCarrier } from './context-carrier.js';
import type { EventConfigInput } from './event-config.js';
import type { EventsFeature } from './events-feature.js';
import { findCycles } from './find-cycles.js';
import { readStoresVariable, type StoreAccess } from './stores-variable.js';
import { readWorkersVariable, WORKERS_VARIABLE } from './workers-variable.js';

/** The configuration with its defaults filled in and nothing left to check. */
export interface ResolvedEventConfig {
  readonly input: EventConfigInput;
  /** The name that the default driver is configured under. */
  readonly defaultDriver: string;
  /** All drivers, those of features included. */
  readonly drivers: ReadonlyMap<string, DriverConfig>;
  readonly events: readonly EventClass[];
  readonly shutdownTimeoutMs: number;
  readonly workers: boolean | readonly string[];
  /** Where these are said, for errors. */
  readonly workersSource: string;
  readonly strict: boolean;
  readonly maxDepth: number;
  readonly storeAccess: StoreAccess;
  readonly context: readonly ContextCarrier[];
}

const DEFAULT_SHUTDOWN_TIMEOUT_MS = 10_000;
/** More than anybody means to do. */
const DEFAULT_MAX_DEPTH = 1000;

const SETTING_RULES: Readonly<Record<string, OptionRule>> = {
  shutdownTimeoutMs: milliseconds(),
  workers: anyOf('true, false or a list of names of queues', flag, listOf(text)),
  strict: flag,
  maxDepth: wholeNumber(1, 1_000_000),
  context: listOf(objectWith('capture', 'restore')),
};

/**
 * Checks a configuration together with what features add to it, and fills in the defaults.
 *
 * @param environment where the variables are that win over the configuration
 * @throws {@link InvalidEventConfigError} with every problem there is
 */
export function resolveEventConfig(
  input: EventConfigInput,
  features: readonly EventsFeature[] = [],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ResolvedEventConfig {
  if (typeof input !== 'object' || input === null) {
    throw new InvalidEventConfigError([
      `the configuration must be an object with defaultDriver and drivers, not ${inspect(input)}`,
    ]);
  }
  const problems: string[] = [];
  const drivers = collectDrivers(input, features, problems);
  const names = new DriverNames([...drivers].map(([name, config]) => [name, config?.driver]));
  for (const [name, config] of drivers) checkDriver(name, config, names, problems);
  checkCycles(drivers, names, problems);
  const defaultDriver = resolveDefaultDriver(input, drivers, names, problems);
  const events = collectEvents(input, features, problems);
  const { eventService, shutdownTimeoutMs = DEFAULT_SHUTDOWN_TIMEOUT_MS } = input;
  const { workers = true, strict = false, maxDepth = DEFAULT_MAX_DEPTH, context = [] } = input;
  const settings = { shutdownTimeoutMs, workers, strict, maxDepth, context };
  problems.push(...checkOptions(settings, SETTING_RULES));
  const workersOfProcess = readWorkersVariable(environment, problems);
  if (eventService !== undefined && !isServiceClass(eventService)) {
    problems.push(`eventService must be a class that extends EventService, not ${inspect(eventService)}`);
  }
  if (problems.length > 0) throw new InvalidEventConfigError(problems);
  return Object.freeze({
    input,
    defaultDriver,
    drivers,
    events,
    shutdownTimeoutMs,
    workers: workersOfProcess ?? workers,
    workersSource:
      workersOfProcess === undefined ? 'workers' : `the environment variable ${WORKERS_VARIABLE}`,
    strict,
    maxDepth,
    storeAccess: readStoresVariable(environment),
    context,
  });
}

/** What it extends cannot be asked here without a circle of imports; `dispatch` is what matters. */
export function isServiceClass(value: unknown): boolean {
  return typeof value === 'function' && typeof value.prototype?.dispatch === 'function';
}

function collectDrivers(
  { drivers }: EventConfigInput,
  features: readonly EventsFeature[],
  problems: string[],
): Map<string, DriverConfig> {
  const collected = new Map<string, DriverConfig>();
  if (typeof drivers !== 'object' || drivers === null || Array.isArray(drivers)) {
    problems.push(
      `drivers must be an object of drivers by name, such as { sync: EventConfig.createConfigDriver(SyncDriver) }, ` +
        `not ${inspect(drivers, { depth: 0 })}`,
    );
  }
  for (const source of [drivers ?? {}, ...features.map((feature) => feature.drivers)]) {
    for (const [name, config] of Object.entries(source)) {
      if (name.trim() === '') problems.push('a driver has an empty name');
      if (collected.has(name)) problems.push(`driver '${name}' is configured twice; give one another name`);
      collected.set(name, config);
    }
  }
  return collected;
}

function checkDriver(
  name: string,
  config: DriverConfig | undefined,
  names: DriverNames,
  problems: string[],
): void {
  const { driver, options } = (config ?? {}) as Partial<DriverConfig>;
  if (!isDriverClass(driver)) {
    problems.push(
      `driver '${name}' is no class that extends BaseDriver but ${inspect(driver ?? config, { depth: 0 })}; ` +
        `configure it as ${name}: EventConfig.createConfigDriver(<class>, <options>)`,
    );
    return;
  }
  for (const problem of driver.validateOptions?.(options) ?? []) {
    problems.push(`driver '${name}' (${driver.name}): ${problem}`);
  }
  for (const wrapped of getWrappedDriverNames(driver, options)) {
    try {
      names.resolve(wrapped);
    } catch (error) {
      problems.push(
        `driver '${name}' (${driver.name}) wraps a driver that cannot be found. ${describeThrown(error)}`,
      );
    }
  }
}

function checkCycles(
  drivers: ReadonlyMap<string, DriverConfig>,
  names: DriverNames,
  problems: string[],
): void {
  const wrappedBy = (name: string): string[] => {
    const { driver, options } = (drivers.get(name) ?? {}) as Partial<DriverConfig>;
    return getWrappedDriverNames(driver, options)
      .filter((wrapped) => names.has(wrapped))
      .map((wrapped) => names.resolve(wrapped));
  };
  for (const cycle of findCycles([...drivers.keys()], wrappedBy)) {
    problems.push(`drivers wrap one another in a circle: ${cycle.join(' -> ')}`);
  }
}

function resolveDefaultDriver(
  { defaultDriver }: EventConfigInput,
  drivers: ReadonlyMap<string, DriverConfig>,
  names: DriverNames,
  problems: string[],
): string {
  if (typeof defaultDriver === 'function') {
    const matches = [...drivers]
      .filter(([, config]) => config?.driver === defaultDriver)
      .map(([name]) => name);
    if (matches.length === 1) return matches[0]!;
    problems.push(
      matches.length === 0
        ? `defaultDriver ${defaultDriver.name} is not configured; add it to drivers: ` +
            `{ ...: EventConfig.createConfigDriver(${defaultDriver.name}) }`
        : `defaultDriver ${defaultDriver.name} is configured under several names; use one of them: ` +
            matches.map((name) => `'${name}'`).join(', '),
    );
  } else if (typeof defaultDriver === 'string') {
    try {
      return names.resolve(defaultDriver);
    } catch (error) {
      problems.push(`defaultDriver '${defaultDriver}' is not configured. ${describeThrown(error)}`);
    }
  } else {
    problems.push(
      `defaultDriver is missing; it must be a configured driver's class or name, not ${inspect(defaultDriver)}`,
    );
  }
  return '';
}

function collectEvents(
  { events = [] }: EventConfigInput,
  features: readonly EventsFeature[],
  problems: string[],
): EventClass[] {
  const lists: unknown[] = [events, ...features.map((feature) => feature.events)];
  return lists.flatMap((list) => {
    if (!Array.isArray(list)) {
      problems.push(`events must be a list of event classes, not ${inspect(list)}`);
      return [];
    }
    return list.filter((event): event is EventClass => {
      const isClass = typeof event === 'function' && typeof event.prototype?.execute === 'function';
      if (!isClass)
        problems.push(`events must be event classes, with a method execute(), not ${inspect(event)}`);
      return isClass;
    });
  });
}

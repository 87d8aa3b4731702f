import { Inject } from '@nestjs/common';
import type { DriverName } from './driver-names.js';

const tokens = new Map<string, symbol>();

const injections = new WeakMap<Function, Set<string>>();

/**
 * The injection token of a configured driver, for `@Inject()`, `app.get()`, and for
 * `overrideProvider()` in a test.
 *
 * @example
 * ```ts
 * Test.createTestingModule({ imports: [AppModule] })
 *   .overrideProvider(getDriverToken('mail'))
 *   .useClass(MockDriver);
 * ```
 */
export function getDriverToken(name: DriverName): symbol {
  return toDriverToken(name);
}

/** {@link getDriverToken} for a name that comes from a configuration. */
export function toDriverToken(name: string): symbol {
  let token = tokens.get(name);
  if (token === undefined) {
    token = Symbol(`nestjs-event-drivers:driver:${name}`);
    tokens.set(name, token);
  }
  return token;
}

/**
 * Injects a configured driver by its name.
 *
 * @example
 * ```ts
 * constructor(@InjectDriver('monitored') private readonly driver: MonitoredDriver) {}
 * ```
 */
export function InjectDriver(name: DriverName): PropertyDecorator & ParameterDecorator {
  const inject = Inject(getDriverToken(name));
  return (target: object, key: string | symbol | undefined, index?: number) => {
    const owner = typeof target === 'function' ? target : target.constructor;
    const names = injections.get(owner) ?? new Set();
    injections.set(owner, names.add(name));
    (inject as (...decorated: unknown[]) => void)(target, key, index);
  };
}

/** The names that a class injects with {@link InjectDriver}. */
export function getInjectedDriverNames(owner: Function): readonly string[] {
  return [...(injections.get(owner) ?? [])];
}

/**
 * Every name that a token was asked for. With a configuration that is known at run time only, these
 * are the drivers that someone may inject or override.
 */
export function getKnownDriverNames(): readonly string[] {
  return [...tokens.keys()];
}

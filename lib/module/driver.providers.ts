import type { Provider } from '@nestjs/common';
import type { ResolvedEventConfig } from '../config/resolve-event-config.js';
import { type DriverConfig, configureDriver } from '../driver/configure-driver.js';
import { type DriverClass, isDriverClass } from '../driver/driver-class.js';
import { toDriverToken } from '../driver/driver.tokens.js';
import { RESOLVED_CONFIG } from '../events.tokens.js';

/** Gives the drivers of a module their names and options, as soon as they exist. */
const CONFIGURED_DRIVERS = Symbol('nestjs-event-drivers:configured-drivers');

/**
 * The providers of drivers whose classes are known when the module is defined. Each is there under the
 * token of its name. A class that has one name only is there under the class as well, and the token is
 * an alias of it, so that replacing either in a test replaces the driver. What is no driver is left out
 * here; it is reported with the rest of the configuration.
 */
export function createDriverProviders(drivers: Readonly<Record<string, DriverConfig>>): {
  providers: Provider[];
  tokens: symbol[];
} {
  const known = Object.entries(drivers).filter(([, config]) => isDriverClass(config?.driver));
  const byClass = Map.groupBy(known, ([, { driver }]) => driver);
  const providers = [...byClass].flatMap(([driverClass, entries]) =>
    providersOf(
      driverClass,
      entries.map(([name]) => toDriverToken(name)),
    ),
  );
  const tokens = known.map(([name]) => toDriverToken(name));
  return { providers: [...providers, configureAll(known, tokens)], tokens };
}

function providersOf(driverClass: DriverClass, tokens: readonly symbol[]): Provider[] {
  return tokens.length === 1
    ? [
        { provide: driverClass, useClass: driverClass },
        { provide: tokens[0]!, useExisting: driverClass },
      ]
    : [
        // Nothing is there under the class, unless a test puts a driver there: then it is for all names.
        { provide: driverClass, useFactory: () => undefined },
        ...tokens.map((token) => ({ provide: token, useClass: driverClass })),
      ];
}

/** The resolved configuration comes first, so that one that is wrong is reported as a whole. */
function configureAll(
  entries: readonly (readonly [name: string, config: DriverConfig])[],
  tokens: readonly symbol[],
): Provider {
  return {
    provide: CONFIGURED_DRIVERS,
    inject: [{ token: RESOLVED_CONFIG, optional: true }, ...tokens],
    useFactory: (resolved: ResolvedEventConfig | undefined, ...instances: unknown[]) => {
      for (const [index, [name, config]] of entries.entries()) {
        configureDriver(name, instances[index], resolved?.drivers.get(name) ?? config);
      }
      return instances;
    },
  };
}

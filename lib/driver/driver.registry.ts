import { inspect } from 'node:util';
import { EventDriverException } from '../errors/index.js';
import type { DriverClass } from './driver-class.js';
import type { IEventDriver } from './driver.interface.js';

/** A configured driver. */
export interface RegisteredDriver {
  readonly name: string;
  /** The class that it is configured with; a test may have put another in its place. */
  readonly driverClass: DriverClass;
  readonly options: unknown;
  readonly driver: IEventDriver;
  readonly isDurable: boolean;
  readonly isConcurrent: boolean;
}

/** The drivers of one application, by name. */
export class DriverRegistry {
  private readonly byName = new Map<string, RegisteredDriver>();
  private readonly byDriver = new Map<IEventDriver, RegisteredDriver>();
  private readonly namesOf: DriverNames;

  constructor(drivers: readonly RegisteredDriver[]) {
    for (const driver of drivers) {
      this.byName.set(driver.name, driver);
      this.byDriver.set(driver.driver, driver);
    }
    this.namesOf = new DriverNames(drivers.map(({ name, driverClass }) => [name, driverClass]));
  }

  /** @throws {@link EventDriverException} if no driver, or more than one, goes by that name */
  get(name: string): RegisteredDriver {
    return this.byName.get(name) ?? this.byName.get(this.namesOf.resolve(name))!;
  }

  has(name: string): boolean {
    try {
      return this.get(name) !== undefined;
    } catch {
      return false;
    }
  }

  find(driver: IEventDriver): RegisteredDriver | undefined {
    return this.byDriver.get(driver);
  }

  getAll(): readonly RegisteredDriver[] {
    return [...this.byName.values()];
  }
}

/**
 * Finds drivers by the name they are configured under; failing that by the name of their class,
 * without regard to case, with or without the suffix `Driver`.
 */
export class DriverNames {
  private readonly classes: ReadonlyMap<string, unknown>;

  constructor(drivers: Iterable<readonly [name: string, driverClass: unknown]>) {
    this.classes = new Map(drivers);
  }

  /**
   * @returns the name that the driver is configured under
   * @throws {@link EventDriverException} if no driver, or more than one, goes by that name
   */
  resolve(name: string): string {
    if (this.classes.has(name)) return name;
    const available = [...this.classes.keys()];
    // What comes from a request may be anything.
    const matches =
      typeof name === 'string'
        ? available.filter((key) => classNameMatches(this.classes.get(key), name))
        : [];
    if (matches.length === 1) return matches[0]!;
    throw new EventDriverException(
      matches.length === 0
        ? `There is no driver ${inspect(name)}. Configured are: ${list(available)}.`
        : `Driver '${name}' is configured under several names: ${list(matches)}. Use one of them.`,
      name,
      available,
    );
  }
}

function classNameMatches(driverClass: unknown, name: string): boolean {
  return typeof driverClass === 'function' && withoutSuffix(driverClass.name) === withoutSuffix(name);
}

function withoutSuffix(name: string): string {
  return name.toLowerCase().replace(/(?<=.)driver$/, '');
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `'${name}'`).join(', ');
}

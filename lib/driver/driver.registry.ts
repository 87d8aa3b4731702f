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
  /** Whether it may store deliveries, be it only where another driver has failed. */
  readonly mayStore: boolean;
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
    return this.namesOf.has(name);
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
    const matches = this.match(name);
    if (matches.length === 1) return matches[0]!;
    const available = [...this.classes.keys()];
    throw new EventDriverException(
      matches.length === 0
        ? `There is no driver ${inspect(name)}. Configured are: ${list(available)}.`
        : `Driver '${name}' is configured under several names: ${list(matches)}. Use one of them.`,
      name,
      available,
    );
  }

  /** Whether exactly one driver goes by that name. */
  has(name: string): boolean {
    return this.match(name).length === 1;
  }

  private match(name: string): string[] {
    if (this.classes.has(name)) return [name];
    // What comes from a request may be anything.
    if (typeof name !== 'string') return [];
    return [...this.classes].flatMap(([key, driverClass]) =>
      classNameMatches(driverClass, name) ? [key] : [],
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

import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
  Optional,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { ResolvedEventConfig } from '../config/resolve-event-config.js';
import { EventDispatcher, type Topology } from '../dispatch/event-dispatcher.js';
import {
  assertDriver,
  connectDriver,
  type DriverConfig,
  toRegisteredDriver,
} from '../driver/configure-driver.js';
import { DriverNames, DriverRegistry } from '../driver/driver.registry.js';
import type { DriverHost, IEventDriver } from '../driver/driver.interface.js';
import { toDriverToken } from '../driver/driver.tokens.js';
import { InvalidEventConfigError } from '../errors/index.js';
import type { EventClass } from '../event/event.interface.js';
import { getEventName } from '../event/event-name.js';
import { EventRegistry } from '../event/event.registry.js';
import { ListenerExplorer } from '../listener/listener.explorer.js';
import { getHeardClasses } from '../listener/listener.js';
import { RESOLVED_CONFIG } from '../events.tokens.js';
import { createDriverHost } from './driver-host.js';
import { DynamicDrivers } from './dynamic-drivers.js';
import { findOptionsLeftAside } from './find-option-problems.js';
import { findTopologyProblems, type Parts } from './find-topology-problems.js';
import { ShutdownDeadline } from './shutdown-deadline.js';
import { isInstantiated } from './is-instantiated.js';
import { LineLogger } from '../utils/line-logger.js';

/** How many deliveries are named that were not finished. */
const MAX_LISTED = 50;

/** What drivers have, once the time of a shutdown is over, to hand back what they did not finish. */
const CLOSE_GRACE_MS = 900;

/**
 * Puts the application together, as far as events are concerned, once all of it has been created: at
 * the first dispatch after that, be it in some module's `onModuleInit()`, or here.
 */
@Injectable()
export class EventsBootstrap implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new LineLogger('EventsModule');
  private isStarted = false;
  private shutdown: ShutdownDeadline | undefined;

  constructor(
    private readonly dispatcher: EventDispatcher,
    private readonly explorer: ListenerExplorer,
    private readonly modules: ModulesContainer,
    @Inject(RESOLVED_CONFIG) private readonly config: ResolvedEventConfig,
    @Optional() private readonly dynamicDrivers?: DynamicDrivers,
  ) {
    dispatcher.setStarter(() => {
      if (isInstantiated(this.modules)) this.start();
    });
  }

  async onModuleInit(): Promise<void> {
    this.start();
    if (this.config.storeAccess !== 'none') await this.forEachDriver((driver) => driver.open?.());
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.storeAccess !== 'none') await this.forEachDriver((driver) => driver.work?.());
  }

  /** Those that are opened with the application, and closed. */
  protected getDrivers(): readonly IEventDriver[] {
    return this.dispatcher
      .getTopology()
      .drivers.getAll()
      .map(({ driver }) => driver);
  }

  private async forEachDriver(action: (driver: IEventDriver) => Promise<void> | undefined): Promise<void> {
    const outcomes = await Promise.allSettled(this.getDrivers().map(async (driver) => action(driver)));
    const failed = outcomes.find(({ status }) => status === 'rejected');
    if (failed === undefined) return;
    // Nest does not shut down what did not start, and what is open would keep the process alive.
    await this.onApplicationShutdown();
    throw (failed as PromiseRejectedResult).reason;
  }

  /** Waits for what drivers have accepted in the background. A shutdown may do so several times. */
  async drain(): Promise<void> {
    await this.settle((driver) => driver.drain?.());
  }

  async onApplicationShutdown(): Promise<void> {
    const isSettled = await this.settle((driver) => driver.close?.(), this.hasStore() ? CLOSE_GRACE_MS : 0);
    this.shutdown?.end();
    if (!isSettled) this.reportUnfinished();
  }

  private hasStore(): boolean {
    return (
      this.isStarted &&
      this.dispatcher
        .getTopology()
        .drivers.getAll()
        .some(({ isDurable }) => isDurable)
    );
  }

  private start(): void {
    if (this.isStarted) return;
    try {
      const drivers = this.createDriverRegistry();
      const listeners = this.explorer.explore();
      const events = new EventRegistry();
      const classes = new Set([...this.config.events, ...getHeardClasses(listeners)]);
      const parts = { config: this.config, drivers, classes, listeners };
      const leftAside = findOptionsLeftAside(parts);
      const problems = [
        ...registerEvents(events, classes),
        ...this.findProblems(parts),
        ...(this.config.strict ? leftAside : []),
      ];
      if (problems.length > 0) throw new InvalidEventConfigError(problems);
      for (const option of leftAside) this.logger.warn(option);
      this.isStarted = true;
      const topology = { config: this.config, drivers, events, listeners };
      const host = this.createHost(topology);
      for (const { driver } of drivers.getAll()) driver.attach?.(host);
      this.dispatcher.start(topology);
    } catch (error) {
      this.dispatcher.abandon(error);
      throw error;
    }
  }

  protected getShutdownTimeoutMs(): number {
    return this.config.shutdownTimeoutMs;
  }

  protected findProblems(parts: Parts): readonly string[] {
    return findTopologyProblems(parts, this.modules);
  }

  protected createHost(topology: Topology): DriverHost {
    return createDriverHost(topology);
  }

  private createDriverRegistry(): DriverRegistry {
    const drivers = new Map<string, IEventDriver>();
    for (const [name, config] of this.config.drivers) {
      const driver = this.findDriver(name, config);
      assertDriver(name, driver);
      drivers.set(name, driver);
    }
    const names = new DriverNames([...this.config.drivers].map(([name, config]) => [name, config.driver]));
    for (const driver of drivers.values()) {
      connectDriver(driver, (name) => drivers.get(names.resolve(name))!);
    }
    // Once all are connected: what a driver promises may depend on the one it wraps.
    return new DriverRegistry(
      [...drivers].map(([name, driver]) => toRegisteredDriver(name, driver, this.config.drivers.get(name)!)),
    );
  }

  /** What the container holds for a driver, which in a test may be something else. */
  protected findDriver(name: string, { driver: driverClass }: DriverConfig): unknown {
    const token = toDriverToken(name);
    for (const module of this.modules.values()) {
      const byName: unknown = module.providers.get(token)?.instance;
      if (byName === undefined || byName === null) continue;
      const byClass: unknown = module.providers.get(driverClass)?.instance;
      const isReplacedByClass =
        byClass !== undefined && !(byClass instanceof driverClass) && byName instanceof driverClass;
      return isReplacedByClass ? byClass : byName;
    }
    return this.dynamicDrivers?.get(name);
  }

  /** @returns whether all drivers were done in the time that the whole shutdown has for it */
  private async settle(
    action: (driver: IEventDriver) => Promise<void> | undefined,
    graceMs = 0,
  ): Promise<boolean> {
    if (!this.isStarted) return true;
    this.shutdown ??= new ShutdownDeadline(this.getShutdownTimeoutMs());
    const done = Promise.allSettled(this.getDrivers().map(async (driver) => action(driver)));
    return this.shutdown.wait(done, graceMs);
  }

  private reportUnfinished(): void {
    for (const { name, driver } of this.dispatcher.getTopology().drivers.getAll()) {
      const pending = driver.getPending?.() ?? [];
      if (pending.length === 0) continue;
      this.logger.error(
        `Driver '${name}' did not finish ${pending.length} deliveries within ${this.config.shutdownTimeoutMs} ms ` +
          `(shutdownTimeoutMs): ` +
          pending
            .slice(0, MAX_LISTED)
            .map((event) => `${event.getListenerId?.() ?? event.getName()} (${event.getId?.()})`)
            .join(', ') +
          (pending.length > MAX_LISTED ? ` and ${pending.length - MAX_LISTED} more` : ''),
      );
    }
  }
}

function registerEvents(registry: EventRegistry, classes: ReadonlySet<EventClass>): string[] {
  return [...classes].flatMap((eventClass) => {
    const other = registry.register(eventClass);
    return other === undefined
      ? []
      : [
          `two event classes have the name '${getEventName(eventClass)}': ${other.name} and ${eventClass.name}; ` +
            `rename one of them with @Event({ name: '...' })`,
        ];
  });
}

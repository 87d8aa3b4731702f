import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
  Optional,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { ResolvedEventConfig } from '../config/resolve-event-config.js';
import { EventDispatcher } from '../dispatch/event-dispatcher.js';
import {
  assertDriver,
  connectDriver,
  type DriverConfig,
  toRegisteredDriver,
} from '../driver/configure-driver.js';
import { DriverNames, DriverRegistry } from '../driver/driver.registry.js';
import type { IEventDriver } from '../driver/driver.interface.js';
import { toDriverToken } from '../driver/driver.tokens.js';
import { InvalidEventConfigError } from '../errors/index.js';
import type { EventClass } from '../event/event.interface.js';
import { getEventName } from '../event/event-name.js';
import { EventRegistry } from '../event/event.registry.js';
import { ListenerExplorer } from '../listener/listener.explorer.js';
import { getHeardClasses } from '../listener/listener.js';
import { RESOLVED_CONFIG } from '../events.tokens.js';
import { DynamicDrivers } from './dynamic-drivers.js';
import { findTopologyProblems } from './find-topology-problems.js';
import { isInstantiated } from './is-instantiated.js';

/**
 * Puts the application together, as far as events are concerned, once all of it has been created: at
 * the first dispatch after that, be it in some module's `onModuleInit()`, or here.
 */
@Injectable()
export class EventsBootstrap implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('EventsModule');
  private isStarted = false;
  /** When the shutdown, if there is one, must have ended. */
  private deadline: number | undefined;

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

  onModuleInit(): void {
    this.start();
  }

  /** Waits for what drivers have accepted in the background. A shutdown may do so several times. */
  async drain(): Promise<void> {
    await this.settle((driver) => driver.drain?.());
  }

  async onApplicationShutdown(): Promise<void> {
    const isSettled = await this.settle((driver) => driver.close?.());
    if (!isSettled) this.reportUnfinished();
  }

  private start(): void {
    if (this.isStarted) return;
    try {
      const drivers = this.createDriverRegistry();
      const listeners = this.explorer.explore();
      const events = new EventRegistry();
      const classes = new Set([...this.config.events, ...getHeardClasses(listeners)]);
      const problems = [
        ...registerEvents(events, classes),
        ...findTopologyProblems({ config: this.config, drivers, classes, listeners }, this.modules),
      ];
      if (problems.length > 0) throw new InvalidEventConfigError(problems);
      this.isStarted = true;
      this.dispatcher.start({ config: this.config, drivers, events, listeners });
    } catch (error) {
      this.dispatcher.abandon(error);
      throw error;
    }
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
  private findDriver(name: string, { driver: driverClass }: DriverConfig): unknown {
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
  private async settle(action: (driver: IEventDriver) => Promise<void> | undefined): Promise<boolean> {
    if (!this.isStarted) return true;
    this.deadline ??= performance.now() + this.config.shutdownTimeoutMs;
    const drivers = this.dispatcher.getTopology().drivers.getAll();
    const done = Promise.allSettled(drivers.map(async ({ driver }) => action(driver)));
    const { promise: timeout, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), Math.max(0, this.deadline - performance.now()));
    const outcome = await Promise.race([done, timeout]);
    clearTimeout(timer);
    return outcome !== undefined;
  }

  private reportUnfinished(): void {
    for (const { name, driver } of this.dispatcher.getTopology().drivers.getAll()) {
      const pending = driver.getPending?.() ?? [];
      if (pending.length === 0) continue;
      this.logger.error(
        `Driver '${name}' did not finish ${pending.length} deliveries within ${this.config.shutdownTimeoutMs} ms ` +
          `(shutdownTimeoutMs): ` +
          pending
            .map((event) => `${event.getListenerId?.() ?? event.getName()} (${event.getId?.()})`)
            .join(', '),
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

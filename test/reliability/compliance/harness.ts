import type { WorkerCreator } from 'nestjs-event-drivers';
import type { DriverHarness, EngineHarness } from 'nestjs-event-drivers/testing';
import type { ChildConfig } from '../../support/child/protocol.js';
import type { BackDoor } from '../../support/back-door.js';
import type { StopMode } from '../../support/private-postgres.js';
import type { JobRow } from '../../support/stores.js';

/** What a store can do, or what can be done to it. A scenario that needs what it has not is not run. */
export const CAPABILITIES = {
  multiProcess: 'several processes have it open at the same time',
  transactional: 'it takes part in transactions of the application',
  networked: 'there is a network between it and the application',
  restartable: 'it is a server, and one can be started that a test may treat as it likes',
  powerSafe: 'what it has acknowledged survives the death of the machine, with its defaults',
} as const;

export type Capability = keyof typeof CAPABILITIES;

/** What a process is told of where its deliveries are. */
export type Place = Pick<ChildConfig, 'store' | 'redis'>;

/** A store of deliveries with nothing in it. */
export interface Store extends BackDoor {
  readonly place: Place;
  readonly creator: new () => WorkerCreator;
  /** All that is there, done or not. Of a store that one process has to itself: while none has. */
  read(): Promise<JobRow[]>;
  /** Has processes that gave no sign of life taken for dead now, which takes their heartbeat otherwise. */
  forget(): Promise<void>;
  /** The name of a table that scenarios may create; `transactional`. */
  readonly table?: string;
  /** Runs a statement past everything that is tested; `transactional`. */
  query?(text: string): Promise<unknown[]>;
  remove(): Promise<void>;
}

/** What a server has on its disk when it acknowledges something: what it usually has, or all of it. */
export type Durability = 'usual' | 'powerSafe';

/** A server that a test has to itself. */
export interface Server {
  readonly place: Place;
  /** The ways in which it can be stopped. */
  readonly stopModes: readonly StopMode[];
  stop(mode: StopMode): Promise<void>;
  start(): Promise<void>;
  forget(): Promise<void>;
  remove(): Promise<void>;
}

/** An engine of `QueueDriver`, and what tests need to let it fail. */
export interface ReliabilityHarness {
  /** For the matrix. */
  readonly name: string;
  readonly capabilities: ReadonlySet<Capability>;
  /** Whether each change is held against it also in what all engines have in common. */
  readonly isReference?: boolean;
  createStore(): Promise<Store>;
  /** Where the server is; `networked`. */
  readonly url?: string;
  /** A place behind another address; `networked`. */
  readonly moveTo?: (place: Place, url: string) => Place;
  /** Starts a server of its own; `restartable`. */
  readonly createServer?: (durability: Durability) => Promise<Server>;
}

/** The same, and what the conformance suites of the testing entry point need. */
export interface ComplianceHarness<TOptions> extends ReliabilityHarness {
  readonly engine: EngineHarness;
  readonly driver?: DriverHarness<TOptions>;
}

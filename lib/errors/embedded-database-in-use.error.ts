import { hostname } from 'node:os';
import { EventsError } from './events.error.js';

/** Who has an embedded database open. */
export interface EmbeddedDatabaseOwner {
  readonly pid: number;
  readonly hostname: string;
  /** When it was opened, as an ISO 8601 date. */
  readonly since: string;
}

/** The folder of an embedded database is open already. Nothing in it was touched. */
export class EmbeddedDatabaseInUseError extends EventsError {
  readonly code = 'EVENTS_EMBEDDED_IN_USE';

  constructor(
    readonly folder: string,
    /** The file that says so. */
    readonly lockFile: string,
    /** Who has it open; `undefined` where that cannot be told. */
    readonly owner: EmbeddedDatabaseOwner | undefined,
  ) {
    super(
      `The embedded database in '${folder}' is in use by ${describeOwner(owner)}. It can be open only once, ` +
        `in one process: stop the other one, or use PostgreSQL (connection: 'postgres://...'), which ` +
        `any number of processes can share.${describeWayOut(lockFile, owner)}`,
    );
  }
}

function describeOwner(owner: EmbeddedDatabaseOwner | undefined): string {
  if (owner === undefined) return 'a process that cannot be told';
  if (owner.hostname !== hostname()) {
    return `process ${owner.pid} on host '${owner.hostname}' since ${owner.since}`;
  }
  if (owner.pid === process.pid) return `this process itself (pid ${owner.pid}) since ${owner.since}`;
  return `process ${owner.pid} since ${owner.since}`;
}

/** Only a person can tell whether a process of another machine still runs. */
function describeWayOut(lockFile: string, owner: EmbeddedDatabaseOwner | undefined): string {
  return owner?.hostname === hostname() ? '' : ` If that process is gone for good, delete '${lockFile}'.`;
}

/** Where the library may end its own process: where its sources say so, in the build that children run. */
export const FAILPOINTS = [
  /** What is dispatched is about to be stored. */
  'beforeStore',
  /** All of a transaction is done, but for its end. */
  'beforeCommit',
  /** It is stored, and nobody has been told. */
  'afterCommitBeforeAck',
  /** Deliveries were taken from the store, and none of them has been run. */
  'afterClaim',
  /** In a listener. */
  'midHandler',
  /** A listener has done its work, or has failed, and that is about to be recorded. */
  'afterHandlerBeforeComplete',
  /** It is about to be recorded that a delivery has failed. */
  'midFail',
  /** A delivery is about to become a dead letter at once. */
  'midDlqWrite',
  /** Some dead letters were put back, and others not yet. */
  'midRedrive',
  /** What runs is about to be given back, as the application shuts down. */
  'midRelease',
  /** What ran when the last process died was found, and is not yet for others to run. */
  'midRecovery',
] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

/** A failpoint at which a process ends, when it comes by for the n-th time. */
export interface ArmedFailpoint {
  readonly name: Failpoint;
  /** @default 1 */
  readonly passes?: number;
}

interface FailpointGlobal {
  failpoint?: (name: Failpoint) => void;
}

/** Passes a failpoint: what stands in the sources of the library as a comment, `failpoint: <name>`. */
export function failpoint(name: Failpoint): void {
  (globalThis as FailpointGlobal).failpoint?.(name);
}

export function arm({ name, passes = 1 }: ArmedFailpoint): void {
  let left = passes;
  (globalThis as FailpointGlobal).failpoint = (passed) => {
    if (passed === name && --left === 0) process.kill(process.pid, 'SIGKILL');
  };
}

const MARK = /^( *)\/\/ failpoint: (\w+)$/gm;

/** The names of the failpoints that a source has. */
export function findFailpoints(source: string): string[] {
  return [...source.matchAll(MARK)].map(([, , name]) => name!);
}

/** Makes calls of the marks in a source. */
export function compileFailpoints(source: string): string {
  return source.replaceAll(MARK, "$1globalThis.failpoint?.('$2');");
}

/** Drivers that wrap one another, down to the work itself. */
export type Stack =
  | { readonly kind: 'sync' }
  | { readonly kind: 'timeout' | 'monitored' | 'debug' | 'async'; readonly inner: Stack }
  | { readonly kind: 'retry' | 'resilient'; readonly maxRetries: number; readonly inner: Stack }
  | { readonly kind: 'fallback'; readonly inners: readonly Stack[] };

/** What work may fail with: whether it is worth another attempt depends on it. */
export type ErrorKind = 'ordinary' | 'network' | 'unrecoverable' | 'postpone';

/** How a dispatch fails: with the error of a run, by its number from 1, or with what tells of others. */
export type Failure =
  | { readonly run: number; readonly kind: ErrorKind }
  | { readonly exhausted: Failure }
  | { readonly all: readonly Failure[] };

export interface Outcome {
  runs: number;
  /** How often a delivery was given up and kept by a resilient driver. */
  kept: number;
}

const isVerdict = (failure: Failure): boolean =>
  'kind' in failure && (failure.kind === 'unrecoverable' || failure.kind === 'postpone');

/** An error that tells of others says what they said. */
function isTransient(failure: Failure): boolean {
  if ('kind' in failure) return failure.kind === 'network';
  return 'exhausted' in failure ? isTransient(failure.exhausted) : failure.all.some(isTransient);
}

type Dispatch = () => Failure | undefined;

function fallBack(dispatches: readonly Dispatch[]): Failure | undefined {
  const all: Failure[] = [];
  for (const dispatch of dispatches) {
    const failure = dispatch();
    if (failure === undefined || isVerdict(failure)) return failure;
    all.push(failure);
  }
  return { all };
}

function retry(dispatch: Dispatch, maxRetries: number): Failure | undefined {
  for (let attempt = 1; ; attempt++) {
    const failure = dispatch();
    if (failure === undefined || isVerdict(failure)) return failure;
    if (attempt === maxRetries) return { exhausted: failure };
  }
}

function keep(dispatch: Dispatch, maxRetries: number, outcome: Outcome): Failure | undefined {
  for (let attempt = 1; ; attempt++) {
    const failure = dispatch();
    if (failure === undefined || ('kind' in failure && failure.kind === 'postpone')) return failure;
    if (isTransient(failure) && attempt < maxRetries) continue;
    outcome.kept++;
    return undefined;
  }
}

/**
 * What becomes of work that fails as often as there are errors, and then succeeds.
 *
 * @returns how the dispatch fails; `undefined` if it does not
 */
export function model(stack: Stack, errors: readonly ErrorKind[], outcome: Outcome): Failure | undefined {
  const dispatch = (inner: Stack) => () => model(inner, errors, outcome);
  if (stack.kind === 'fallback') return fallBack(stack.inners.map(dispatch));
  if (stack.kind === 'retry') return retry(dispatch(stack.inner), stack.maxRetries);
  if (stack.kind === 'resilient') return keep(dispatch(stack.inner), stack.maxRetries, outcome);
  if (stack.kind !== 'sync') return model(stack.inner, errors, outcome);
  const kind = errors[outcome.runs++];
  return kind && { run: outcome.runs, kind };
}

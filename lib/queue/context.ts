import type { ContextCarrier } from '../config/context-carrier.js';
import { TraceContext } from './trace-context.js';
import { ContextCarrierError, describeThrown } from '../errors/index.js';

type Headers = Readonly<Record<string, string>>;

/**
 * What is to be carried along with an event; `undefined` if there is nothing.
 *
 * @throws {@link ContextCarrierError} if a carrier throws
 */
export function captureContext(carriers: readonly ContextCarrier[]): Record<string, string> | undefined {
  let headers: Record<string, string> | undefined;
  for (const carrier of carriers) {
    try {
      for (const [name, value] of Object.entries(carrier.capture() ?? {})) {
        if (value !== undefined && value !== null) {
          (headers ??= {})[toStorable(name)] = toStorable(String(value));
        }
      }
    } catch (error) {
      const reason = `capture() threw: ${describeThrown(error)}`;
      throw new ContextCarrierError(nameCarrier(carrier, carriers), reason, { cause: error });
    }
  }
  return headers;
}

/** It is a convenience: an event is not refused for text in it that no store takes. */
function toStorable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

/**
 * Does work with what was carried along restored around it.
 *
 * @returns what becomes of the work, whatever the carriers make of that
 * @throws {@link ContextCarrierError} if a carrier keeps the work from being done
 */
export function runInContext<T>(
  carriers: readonly ContextCarrier[],
  headers: Headers,
  work: () => Promise<T>,
): Promise<T> {
  // Without headers there is no trace to go on with; what an application makes of none is its own business.
  const needed = isEmpty(headers) ? carriers.filter((one) => !(one instanceof TraceContext)) : carriers;
  if (needed.length === 0) return work();
  return needed.reduceRight<() => Promise<T>>(
    (next, carrier) => () => restore(carrier, () => nameCarrier(carrier, carriers), headers, next),
    work,
  )();
}

function isEmpty(headers: Headers): boolean {
  for (const _ in headers) return false;
  return true;
}

async function restore<T>(
  carrier: ContextCarrier,
  getName: () => string,
  headers: Headers,
  next: () => Promise<T>,
): Promise<T> {
  const begun = Promise.withResolvers<void>();
  let work: Promise<T> | undefined;
  let isOver = false;
  const run = (): Promise<T> => {
    // Nobody waits for it any more; it has failed.
    if (isOver) return new Promise(() => {});
    if (work === undefined) {
      work = next();
      // The carrier may leave it alone.
      work.catch(() => {});
      begun.resolve();
    }
    return work;
  };
  let problem = 'restore() did not call run(); it must, and return what that returns';
  let cause: unknown;
  // What it does after the work has begun is its own business.
  const restored = new Promise<unknown>((resolve) => resolve(carrier.restore(headers, run))).catch(
    (error: unknown) => {
      problem = `restore() threw: ${describeThrown(error)}`;
      cause = error;
    },
  );
  await Promise.race([restored, begun.promise]);
  if (work !== undefined) return work;
  isOver = true;
  throw new ContextCarrierError(getName(), problem, { cause });
}

/** By its class; where it has none, by where it stands in `context` of the configuration. */
function nameCarrier(carrier: ContextCarrier, carriers: readonly ContextCarrier[]): string {
  const plain = carriers.filter((other) => getClassName(other) === undefined);
  return getClassName(carrier) ?? `number ${plain.indexOf(carrier) + 1}`;
}

function getClassName(carrier: ContextCarrier): string | undefined {
  const name: unknown = carrier.constructor?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object' ? name : undefined;
}

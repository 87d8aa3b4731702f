import type { Db } from 'pg-boss';

/** What one library calls a transaction: how to tell it, and how to run statements in it. */
export interface TransactionSource {
  /** Whether a value is of this library: its transaction, or what it is mistaken for. */
  recognises(value: object): boolean;
  /** Why it is no transaction that statements can be run in; one sentence, without what is in it. */
  findProblem(value: object): string | undefined;
  /** @param convert turns what it is made of into a database, which may be of another library */
  toDatabase(value: object, convert: (inner: unknown) => Db): Db;
}

/** What a library gives for a statement. */
export interface Rows {
  readonly rows: unknown[];
}

/** A property of a value that may be a function, and may refuse to be read. */
export function read(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** Whether a value has all of these methods. */
export function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  return names.every((name) => typeof read(value, name) === 'function');
}

/** What a method returns; `undefined` where there is none. */
export function call(value: unknown, method: string, ...parameters: readonly unknown[]): unknown {
  const found = read(value, method);
  return typeof found === 'function' ? (Reflect.apply(found, value, parameters) as unknown) : undefined;
}

/** Several statements in one text give a result each. */
export function toRows(result: unknown): Rows {
  if (Array.isArray(result)) return { rows: result.flatMap((each) => toRows(each).rows) };
  const rows = read(result, 'rows');
  return { rows: Array.isArray(rows) ? rows : [] };
}

/**
 * Runs a statement, and passes on the error of the server where the library wraps it: pg-boss looks for
 * its code, and the wrapper has the values, which are nobody's business, in its message.
 */
export async function unwrapErrors(statement: unknown, key: string): Promise<unknown> {
  try {
    return await statement;
  } catch (error) {
    throw read(error, key) ?? error;
  }
}

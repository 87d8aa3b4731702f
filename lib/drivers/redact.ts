import { types } from 'node:util';

/** What to leave out: paths, a function that returns what may be shown, or nothing. */
export type Redaction = readonly string[] | ((value: unknown) => unknown) | false;

export type Redactor = (value: unknown) => unknown;

const REDACTED = '[REDACTED]';

/** Deeper than this, nothing is shown. */
const MAX_DEPTH = 10;

/** As many items of a list as Node shows. */
const MAX_ITEMS = 100;

const MAX_BITS = 8192;

/** Keys that hold secrets wherever they stand, however they are written: `api_key`, `X-Api-Key`. */
const SECRET_KEY =
  /password|passwd|passphrase|pwd$|secret|token|authorization|cookie|apikey|privatekey|credential|cardnumber|creditcard|cvv|cvc$|^ssn$|^iban$|^pin$|^otp$/;

/** Makes a function that copies a value without what is to be left out. */
export function createRedactor(redaction: Redaction): Redactor {
  if (redaction === false) return (value) => value;
  if (typeof redaction === 'function') return redaction;
  const paths = redaction.map((path) => path.split('.'));
  return (value) => copy(value, paths, []);
}

function copy(value: unknown, paths: readonly string[][], ancestors: readonly object[]): unknown {
  if (typeof value === 'bigint') return copyBigInt(value);
  if (typeof value !== 'object' || value === null) return value;
  if (ancestors.includes(value)) return '[Circular]';
  if (ancestors.length >= MAX_DEPTH) return '[...]';
  const within = [...ancestors, value];
  const copyEntry = (key: unknown, item: unknown): unknown => {
    const name = typeof key === 'string' || typeof key === 'number' ? String(key) : '';
    const below = paths.filter(([head]) => head === name || head === '*').map(([, ...rest]) => rest);
    return below.some((rest) => rest.length === 0) || isSecret(name) ? REDACTED : copy(item, below, within);
  };
  if (Array.isArray(value)) return copyList(value, copyEntry);
  if (types.isSet(value)) return new Set([...value].map((item, index) => copyEntry(index, item)));
  if (isMapLike(value)) {
    return new Map([...value].map(([key, item]) => [copy(key, [], within), copyEntry(key, item)] as const));
  }
  if (value instanceof URL) return copyUrl(value);
  if (showsItself(value)) return value;
  return Object.fromEntries(
    Object.entries(toRecord(value)).map(([key, item]) => [key, copyEntry(key, item)]),
  );
}

/** To write out the digits of a large one takes a time that grows with their square. */
function copyBigInt(value: bigint): unknown {
  return BigInt.asIntN(MAX_BITS, value) === value ? value : `[a BigInt of more than ${MAX_BITS} bits]`;
}

/** The length of a list may be anything, and only its beginning is ever shown. */
function copyList(list: readonly unknown[], copyItem: (index: number, item: unknown) => unknown): unknown[] {
  const shown = list.slice(0, MAX_ITEMS).map((item, index) => copyItem(index, item));
  return list.length > MAX_ITEMS ? [...shown, `... ${list.length - MAX_ITEMS} more items`] : shown;
}

function isSecret(key: string): boolean {
  return SECRET_KEY.test(key.toLowerCase().replace(/[^a-z]/g, ''));
}

function isMapLike(value: object): value is Map<unknown, unknown> | Headers | URLSearchParams {
  return types.isMap(value) || value instanceof Headers || value instanceof URLSearchParams;
}

function copyUrl(url: URL): string {
  const shown = new URL(url);
  if (shown.password !== '') shown.password = 'REDACTED';
  for (const key of new Set(shown.searchParams.keys())) {
    if (isSecret(key)) shown.searchParams.set(key, 'REDACTED');
  }
  return shown.href;
}

/** What shows itself better than a copy of its fields would, and has none that could hold a secret. */
function showsItself(value: object): boolean {
  return (
    types.isDate(value) ||
    types.isRegExp(value) ||
    types.isAnyArrayBuffer(value) ||
    types.isBoxedPrimitive(value) ||
    types.isPromise(value) ||
    ArrayBuffer.isView(value)
  );
}

/** An error may carry anything, the request that failed with its headers for one; its stack is many lines. */
function toRecord(value: object): object {
  if (!types.isNativeError(value) && !(value instanceof Error)) return value;
  const { name, message, cause, errors } = value as Partial<AggregateError>;
  const unlisted = {
    name,
    message,
    ...(cause !== undefined && { cause }),
    ...(errors !== undefined && { errors }),
  };
  return Object.assign(unlisted, value);
}

/** What to leave out: paths, a function that returns what may be shown, or nothing. */
export type Redaction = readonly string[] | ((value: unknown) => unknown) | false;

export type Redactor = (value: unknown) => unknown;

const REDACTED = '[REDACTED]';

/** Deeper than this, nothing is shown: a payload may be cyclic. */
const MAX_DEPTH = 10;

/** Keys that hold secrets wherever they stand, however they are written: `api_key`, `X-Api-Key`. */
const SECRET_KEY =
  /password|passwd|passphrase|pwd$|secret|token|authorization|cookie|apikey|privatekey|credential|cardnumber|creditcard|cvv|cvc$|^ssn$|^iban$|^pin$|^otp$/;

/** Makes a function that copies a value without what is to be left out. */
export function createRedactor(redaction: Redaction): Redactor {
  if (redaction === false) return (value) => value;
  if (typeof redaction === 'function') return redaction;
  const paths = redaction.map((path) => path.split('.'));
  return (value) => copy(value, paths, 0);
}

function copy(value: unknown, paths: readonly string[][], depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[...]';
  if (Array.isArray(value)) {
    return value.map((item, index) => copyEntry(String(index), item, paths, depth));
  }
  if (value instanceof Map) {
    return new Map(
      [...value].map(([key, item]) => [key, copyEntry(String(key), item, paths, depth)] as const),
    );
  }
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, copyEntry(key, item, paths, depth)]),
  );
}

function copyEntry(key: string, value: unknown, paths: readonly string[][], depth: number): unknown {
  const below = paths.filter(([head]) => head === key || head === '*').map(([, ...rest]) => rest);
  if (below.some((rest) => rest.length === 0) || isSecret(key)) return REDACTED;
  return copy(value, below, depth + 1);
}

function isSecret(key: string): boolean {
  return SECRET_KEY.test(key.toLowerCase().replace(/[^a-z]/g, ''));
}

/** Dates, errors, buffers and the like show themselves better than a copy of their fields would. */
function isRecord(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Object]';
}

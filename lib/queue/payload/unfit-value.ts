import { types } from 'node:util';

/** What is wrong with a value that no store can take, and what to pass instead. */
export function describeUnfit(value: unknown): string {
  if (typeof value === 'function') return 'a function cannot be stored; pass data, not code';
  if (typeof value === 'symbol') return 'a symbol cannot be stored; pass a string';
  if (types.isPromise(value)) return 'a Promise cannot be stored; await it before you dispatch';
  if (types.isNativeError(value) || value instanceof Error) {
    return 'an Error cannot be stored; pass what matters of it, such as { message: error.message }';
  }
  if (types.isRegExp(value)) return 'a RegExp cannot be stored; pass its source and flags as strings';
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) {
    return `binary data (${getClassName(value)}) cannot be stored; pass it as a base64 string`;
  }
  if (types.isBoxedPrimitive(value)) {
    return `a ${getClassName(value)} object cannot be stored; pass the primitive`;
  }
  return (
    `an instance of ${getClassName(value)} cannot be stored, for it would not be one any more when it ` +
    'arrives; pass plain data, such as an object of its fields'
  );
}

function getClassName(value: unknown): string {
  const { constructor } = value as { constructor?: unknown };
  return (typeof constructor === 'function' && constructor.name) || 'an unnamed class';
}

/** Whether an object is one of `{}`, of this realm or another (`node:vm`, as test runners use it). */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return isRootPrototype(prototype as object);
}

/** Whether an object is an array, a Map, ... itself rather than of a class that extends it. */
export function isOfBuiltIn(value: object, builtIn: { readonly prototype: object }): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === builtIn.prototype) return true;
  const above = prototype === null ? null : (Object.getPrototypeOf(prototype) as object | null);
  return above !== null && isRootPrototype(above);
}

function isRootPrototype(prototype: object): boolean {
  if (Object.getPrototypeOf(prototype) !== null || !Object.hasOwn(prototype, 'constructor')) return false;
  const { constructor } = prototype;
  return typeof constructor === 'function' && constructor.name === 'Object';
}

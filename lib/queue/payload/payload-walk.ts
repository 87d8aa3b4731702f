import { InvalidPayloadError } from '../../errors/index.js';
import { toPayloadPath } from '../../utils/payload-path.js';

/** How many objects and arrays may be inside one another. */
export const MAX_DEPTH = 64;

/** Where a walk through a payload is, how much it has seen, and what it refuses. */
export abstract class PayloadWalk {
  /** As many bytes of JSON as there are at least. */
  size = 0;
  /** Whether there is something that JSON cannot say. */
  hasTypes = false;

  /** The way to the value that is being looked at, and the objects on it. */
  private readonly keys: PropertyKey[] = [];
  private readonly parents: object[] = [];
  private pathLength = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly eventName: string | undefined,
  ) {}

  /** Goes on to the value under a key of the object at a depth. */
  protected enter(depth: number, key: PropertyKey): void {
    this.keys[depth] = key;
    this.pathLength = depth + 1;
  }

  /** Goes into an object. */
  protected descend(value: object, depth: number): void {
    if (depth >= MAX_DEPTH) {
      this.refuse(`it is more than ${MAX_DEPTH} levels deep; pass something flatter`);
    }
    for (let level = 0; level < depth; level++) {
      if (this.parents[level] === value) {
        const above = toPayloadPath(this.keys.slice(0, level));
        this.refuse(
          `it refers back to ${above}, and what goes round in circles cannot be stored; pass an id`,
        );
      }
    }
    this.parents[depth] = value;
    // Two brackets, less the comma that the last item does not have.
    this.count(1);
  }

  protected count(bytes: number): void {
    this.size += bytes;
    if (this.size > this.maxBytes) this.refuse(describeTooLarge(this.maxBytes));
  }

  protected checkKey(key: string): void {
    if (key === '__proto__' || key === 'constructor' || key === 'prototype') {
      this.refuse(`the key ${key} could reach a prototype when the payload is merged; rename it`);
    }
    // The colon and the comma.
    this.count(2);
    this.checkText(key);
  }

  /** Text that PostgreSQL would not take is refused by every engine alike. */
  protected checkText(text: string): void {
    this.count(text.length + 2);
    if (!text.isWellFormed()) {
      this.refuse(
        'text with half a surrogate pair cannot be stored; cut it by code points, or call toWellFormed()',
      );
    }
    if (text.includes('\0')) {
      this.refuse('text with a NUL character cannot be stored; remove it, or pass binary data as base64');
    }
  }

  protected noteType(): void {
    this.hasTypes = true;
    // What is stored about it takes up room as well: `["Date"]`, and where that is.
    this.count(this.pathLength === 0 ? 8 : 13);
  }

  /** Symbols that are enumerable would be missed; others are what libraries keep to themselves. */
  protected checkSymbols(source: object, depth: number): void {
    for (const symbol of Object.getOwnPropertySymbols(source)) {
      if (!Object.prototype.propertyIsEnumerable.call(source, symbol)) continue;
      this.enter(depth, symbol);
      this.refuse('a key that is a symbol cannot be stored; use a string');
    }
  }

  protected refuse(reason: string, options?: ErrorOptions): never {
    const path = toPayloadPath(this.keys.slice(0, this.pathLength));
    throw new InvalidPayloadError(this.eventName, [{ path, reason }], options);
  }
}

export function describeTooLarge(maxBytes: number): string {
  return (
    `the payload is larger than ${maxBytes} bytes (maxPayloadBytes); store what is large elsewhere and ` +
    'pass a reference to it'
  );
}

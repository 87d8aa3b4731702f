import { types } from 'node:util';
import { InvalidPayloadError } from '../../errors/index.js';
import { PayloadWalk } from './payload-walk.js';
import { describeUnfit, isOfBuiltIn, isPlain } from './unfit-value.js';

/**
 * Copies a payload and checks it in the same walk: each value is read once, so that what was checked is
 * what was copied. Everything in the copy is of this realm and shared with nobody.
 */
export class Snapshot extends PayloadWalk {
  take(payload: unknown): unknown {
    try {
      return this.copy(payload, 0);
    } catch (error) {
      if (error instanceof InvalidPayloadError) throw error;
      return this.refuse('it cannot be read: a getter or the trap of a Proxy threw', { cause: error });
    }
  }

  private copy(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        this.checkText(value);
        return value;
      case 'number':
        return this.copyNumber(value);
      case 'boolean':
        this.count(4);
        return value;
      case 'object':
        if (value !== null) return this.copyObject(value, depth);
        this.count(4);
        return value;
      case 'undefined':
        this.count(4);
        this.noteType();
        return value;
      case 'bigint':
        // Hexadecimal, because decimal digits take a time that grows with their square.
        this.count(value.toString(16).length);
        this.noteType();
        return value;
      case 'function':
      case 'symbol':
        break;
    }
    return this.refuse(describeUnfit(value));
  }

  private copyNumber(value: number): number {
    this.count(1);
    if (!Number.isFinite(value)) this.refuse(`${value} cannot be stored; pass null, or leave it out`);
    if (Object.is(value, -0)) this.noteType();
    return value;
  }

  private copyObject(value: object, depth: number): unknown {
    this.descend(value, depth);
    if (Array.isArray(value)) return this.copyArray(value, depth);
    return isPlain(value) ? this.copyPlain(value, depth) : this.copyTyped(value, depth);
  }

  private copyPlain(source: object, depth: number): Record<string, unknown> {
    this.checkSymbols(source, depth);
    const copy: Record<string, unknown> = {};
    for (const key of Object.keys(source)) {
      this.enter(depth, key);
      this.checkKey(key);
      copy[key] = this.copy((source as Record<string, unknown>)[key], depth + 1);
    }
    return copy;
  }

  private copyArray(source: readonly unknown[], depth: number): unknown[] {
    if (!isOfBuiltIn(source, Array)) this.refuse(describeUnfit(source));
    const { length } = source;
    // Before anything is allocated: `length` may be anything.
    this.count(length);
    const copy: unknown[] = [];
    for (let index = 0; index < length; index++) {
      this.enter(depth, index);
      const item = source[index];
      if (item === undefined && !(index in source)) {
        this.refuse('there is a hole in the array; pass undefined or null for what is not there');
      }
      copy.push(this.copy(item, depth + 1));
    }
    return copy;
  }

  private copyTyped(source: object, depth: number): unknown {
    this.noteType();
    if (Object.keys(source).length === 0) {
      if (types.isDate(source)) return this.copyDate(source);
      if (types.isMap(source) && isOfBuiltIn(source, Map)) return this.copyMap(source, depth);
      if (types.isSet(source) && isOfBuiltIn(source, Set)) return this.copySet(source, depth);
      if (source instanceof URL && isOfBuiltIn(source, URL)) return this.copyUrl(source);
    }
    return this.refuse(describeUnfit(source));
  }

  private copyDate(source: Date): Date {
    // One that was made while a test faked the clock has a prototype of its own, but says what it is.
    if (!isOfBuiltIn(source, Date) && source.constructor !== Date) this.refuse(describeUnfit(source));
    this.count(24);
    const time = Date.prototype.getTime.call(source);
    if (Number.isNaN(time)) this.refuse('an invalid Date cannot be stored; pass null, or leave it out');
    return new Date(time);
  }

  private copyMap(source: ReadonlyMap<unknown, unknown>, depth: number): Map<unknown, unknown> {
    const copy = new Map<unknown, unknown>();
    let index = 0;
    // What is called is the method of Map itself: that of the value may be anything.
    for (const entry of Map.prototype.entries.call(source)) {
      this.enter(depth, index++);
      this.count(1);
      this.descend(entry, depth + 1);
      this.enter(depth + 1, 'key');
      this.count(2);
      const key = this.copy(entry[0], depth + 2);
      this.enter(depth + 1, 'value');
      copy.set(key, this.copy(entry[1], depth + 2));
    }
    return copy;
  }

  private copySet(source: ReadonlySet<unknown>, depth: number): Set<unknown> {
    const copy = new Set<unknown>();
    let index = 0;
    for (const value of Set.prototype.values.call(source)) {
      this.enter(depth, index++);
      this.count(1);
      copy.add(this.copy(value, depth + 1));
    }
    return copy;
  }

  private copyUrl(source: URL): URL {
    const { href } = source;
    this.checkText(href);
    return new URL(href);
  }
}

import type { SuperJSON } from 'superjson';
import { InvalidPayloadError, UnreadablePayloadError } from '../../errors/index.js';
import { checkAnnotations } from './annotations.js';
import { describeTooLarge } from './payload-walk.js';
import { Snapshot } from './snapshot.js';

/** What a payload may be at most. */
export interface PayloadLimits {
  /**
   * How many bytes it may have as JSON.
   *
   * @defaultValue 1,048,576
   */
  readonly maxPayloadBytes?: number;
}

/** A payload as it is stored: JSON, and what JSON cannot say about it. */
export interface PackedPayload {
  readonly payload: unknown;
  /** Absent if there is nothing. */
  readonly types?: unknown;
}

/** A payload as it is stored, and about how many bytes of JSON it has. */
export interface SizedPayload {
  readonly packed: PackedPayload;
  readonly size: number;
}

const DEFAULT_MAX_BYTES = 1024 * 1024;

/** JSON has at most so many bytes for each that a walk counts: `\u001f` for one character, or a number. */
const MOST_BYTES_PER_COUNTED = 16;

/** What stands for a payload that there is none of, the commonest that is not JSON. */
const NOTHING: SizedPayload = Object.freeze({
  packed: Object.freeze({ payload: null, types: Object.freeze(['undefined']) }),
  size: 0,
});

/**
 * Turns payloads into JSON and back. `Date`, `Map`, `Set`, `BigInt`, `URL`, `undefined` and `-0` are the
 * same on the other side, and everything that would not be is refused.
 *
 * Integers beyond 2^53 are taken for the nearest number they are in memory. Properties that are not
 * enumerable are left out, and so are those that an array has beside its items. What one object is in
 * several places becomes several objects. The order of keys is the store's.
 */
export class PayloadSerializer {
  private constructor(
    private readonly superjson: SuperJSON,
    private readonly maxBytes: number,
  ) {}

  /** Loads what payloads beyond JSON need, so that packing itself need not wait for anything. */
  static async create(limits: PayloadLimits = {}): Promise<PayloadSerializer> {
    const { SuperJSON } = await import('superjson');
    // An instance of our own: classes that the application registers with the shared one do not count.
    return new PayloadSerializer(new SuperJSON(), limits.maxPayloadBytes ?? DEFAULT_MAX_BYTES);
  }

  /**
   * Checks a payload and copies it, so that what happens to it afterwards is not seen.
   *
   * @throws {@link InvalidPayloadError} if it cannot be stored as it is
   */
  pack(payload: unknown, eventName?: string): PackedPayload {
    return this.packSized(payload, eventName).packed;
  }

  /** {@link PayloadSerializer.pack}, with the size. */
  packSized(payload: unknown, eventName?: string): SizedPayload {
    if (payload === undefined) return NOTHING;
    const snapshot = new Snapshot(this.maxBytes, eventName);
    const copy = snapshot.take(payload);
    const { size } = snapshot;
    if (snapshot.hasTypes) {
      const { json, meta } = this.superjson.serialize(copy);
      return this.measure({ payload: json, types: meta?.values }, eventName);
    }
    const packed = { payload: copy };
    return size * MOST_BYTES_PER_COUNTED <= this.maxBytes
      ? { packed, size }
      : this.measure(packed, eventName);
  }

  /**
   * What was packed. Nothing in the result is shared with what is stored.
   *
   * @throws {@link UnreadablePayloadError} if this is nothing that {@link PayloadSerializer.pack} made
   */
  unpack(payload: unknown, types: unknown, eventName?: string): unknown {
    try {
      const snapshot = new Snapshot(Infinity, eventName);
      const json = snapshot.take(payload) as never;
      if (types === undefined || types === null) return json;
      checkAnnotations(types, json, eventName);
      return this.superjson.deserialize({ json, meta: { values: types as never, v: 1 } }, { inPlace: true });
    } catch (error) {
      if (error instanceof UnreadablePayloadError) throw error;
      const { path, reason } =
        error instanceof InvalidPayloadError ? error : { path: 'payload', reason: 'it cannot be converted' };
      throw new UnreadablePayloadError(eventName, { path, reason }, { cause: error });
    }
  }

  private measure(packed: PackedPayload, eventName: string | undefined): SizedPayload {
    const size =
      Buffer.byteLength(JSON.stringify(packed.payload)) +
      (packed.types === undefined ? 0 : Buffer.byteLength(JSON.stringify(packed.types)));
    if (size <= this.maxBytes) return { packed, size };
    throw new InvalidPayloadError(eventName, [{ path: 'payload', reason: describeTooLarge(this.maxBytes) }]);
  }
}

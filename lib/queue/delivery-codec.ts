import type { ContextCarrier } from '../config/context-carrier.js';
import type { DriverHost, IEventDriver } from '../driver/driver.interface.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { runInContext } from './context.js';
import { DeliveryPacker, type PackingDefaults } from './delivery-packer.js';
import { DeliveryUnpacker } from './delivery-unpacker.js';
import { type PayloadLimits, PayloadSerializer } from './payload/payload-serializer.js';
import { readStoredData } from './read-stored-data.js';
import { RestoredDelivery } from './restored-delivery.js';
import { loadContext } from './trace-context.js';

interface CodecOptions extends PayloadLimits {
  /** The driver that stores them, if one does. */
  readonly driver?: IEventDriver;
  readonly defaults?: PackingDefaults;
}

/** What is known of no queue's options. */
const NO_DEFAULTS: PackingDefaults = { startAfterMs: 0, priority: undefined };

/** Makes of deliveries what is stored of them, and deliveries of that. */
export class DeliveryCodec {
  readonly packer: DeliveryPacker;
  readonly unpacker: DeliveryUnpacker;

  private constructor(
    private readonly host: DriverHost,
    readonly payloads: PayloadSerializer,
    /** What is carried along with them. */
    private readonly context: readonly ContextCarrier[],
    { driver, defaults = NO_DEFAULTS }: CodecOptions,
  ) {
    this.packer = new DeliveryPacker(defaults, payloads, context);
    this.unpacker = new DeliveryUnpacker(host, payloads, driver);
  }

  /** Loads what it needs, so that packing itself need not wait for anything. */
  static async create(host: DriverHost, options: CodecOptions = {}): Promise<DeliveryCodec> {
    const payloads = await PayloadSerializer.create(options);
    return new DeliveryCodec(host, payloads, await loadContext(host.context), options);
  }

  /** The delivery that `data` was stored of, for those who run it themselves. */
  async restore(data: unknown): Promise<IBaseEvent> {
    const stored = readStoredData(data);
    return new RestoredDelivery(await this.unpacker.unpack(stored), stored, this.host, this.context);
  }

  /** Does work with what was carried along restored around it. */
  runInContext<T>(headers: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
    return runInContext(this.context, headers, work);
  }

  /** The payload alone. */
  readPayload(data: unknown): unknown {
    const { payload, types, event } = readStoredData(data);
    return this.payloads.unpack(payload, types, event);
  }
}

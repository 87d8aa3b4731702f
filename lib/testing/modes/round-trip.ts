import { AsyncResource } from 'node:async_hooks';
import type { Topology } from '../../dispatch/event-dispatcher.js';
import type { DeliveryCodec } from '../../queue/delivery-codec.js';
import type { PayloadLimits } from '../../queue/payload/payload-serializer.js';
import type { StoredData } from '../../queue/stored-delivery.js';
import { BaseEvent, type DriverHost, type IBaseEvent, QueueDriver, UndeliverableError } from '../../index.js';
import { OptionedEvent, unwrap } from '../../event/optioned-event.js';
import type { Recorder } from '../events/recorder.js';
import type { RunInContext } from './observed-driver.js';

/** Sends deliveries the way that they go through a queue: stored as text, and made again of that. */
export class RoundTrip {
  private codec: Promise<DeliveryCodec> | undefined;
  /** The context that a worker would run in: nothing of that of whoever has dispatched. */
  private readonly outside = new AsyncResource('nestjs-event-drivers:round-trip');

  constructor(
    private readonly topology: Topology,
    private readonly host: DriverHost,
    private readonly recorder: Recorder,
  ) {}

  /**
   * @returns what arrives, and the context that it arrives in
   * @throws what a queue would refuse it with, or could not deliver it for
   */
  async send(delivery: IBaseEvent): Promise<readonly [IBaseEvent, RunInContext]> {
    this.assertDeclared(delivery);
    const codec = await (this.codec ??= this.load());
    const [packed] = await codec.packer.pack([delivery]);
    const data = JSON.parse(JSON.stringify(packed!.delivery.data)) as StoredData;
    const arrived = await codec.unpacker.unpack(data);
    const { options: asked } = unwrap(delivery);
    const isPlain = Object.keys(asked).length === 0;
    const run: RunInContext = (work) => this.runOutside(() => codec.runInContext(data.headers ?? {}, work));
    return [isPlain ? arrived : new OptionedEvent(arrived, asked), run];
  }

  /** The other modes do without it. */
  private async load(): Promise<DeliveryCodec> {
    const { DeliveryCodec } = await import('../../queue/delivery-codec.js');
    return DeliveryCodec.create(this.host, findLimit(this.topology));
  }

  private runOutside<T>(work: () => Promise<T>): Promise<T> {
    const { activity } = this.recorder;
    const task = activity.getOrigin();
    return this.outside.runInAsyncScope(() => (task === undefined ? work() : activity.within(task, work)));
  }

  /** Another process would not know what has been met at a dispatch only. */
  private assertDeclared(delivery: IBaseEvent): void {
    const { event } = unwrap(delivery);
    const isEmpty = delivery.getListenerId?.() === undefined && event.execute === BaseEvent.prototype.execute;
    const name = event.getName();
    if (isEmpty || this.topology.events.isDeclared(name)) return;
    throw new UndeliverableError(
      'EVENTS_UNKNOWN_EVENT',
      `neither 'events' of the configuration nor a listener names the class ${event.constructor.name}, so that another ` +
        `process could not make an event '${name}' of what is stored; add it to 'events'`,
      name,
    );
  }
}

/** The largest payload that any of the queues takes. */
function findLimit({ drivers }: Topology): PayloadLimits {
  const limits = drivers
    .getAll()
    .flatMap(({ driver }) =>
      driver instanceof QueueDriver ? (driver.getOptions()?.maxPayloadBytes ?? []) : [],
    );
  return limits.length === 0 ? {} : { maxPayloadBytes: Math.max(...limits) };
}

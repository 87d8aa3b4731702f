import { EventListener, type IEventListener } from 'nestjs-event-drivers';
import { PaymentsClient } from '../payments/payments.client.js';
import { OrderPlaced } from './order-placed.event.js';
import { OrderStore } from './order.store.js';

/** Another company's service, over the network: measured, tried several times, each time for so long. */
@EventListener(OrderPlaced, { driver: 'payments' })
export class ChargePayment implements IEventListener<OrderPlaced> {
  constructor(
    private readonly payments: PaymentsClient,
    private readonly orders: OrderStore,
  ) {}

  /** The signal is aborted when the time is up, and takes the request with it. */
  async handle(event: OrderPlaced, signal?: AbortSignal): Promise<void> {
    const { id, total } = event.getPayload();
    await this.payments.charge(id, total, signal);
    this.orders.update(id, { isPaid: true });
  }
}

import { EventListener, type IEventListener } from 'nestjs-event-drivers';
import { MailerService } from '../mail/mailer.service.js';
import { OrderPlaced } from './order-placed.event.js';
import { OrderStore } from './order.store.js';

/** In the background: the answer to the order does not wait for the mail. */
@EventListener(OrderPlaced, { driver: 'background' })
export class SendConfirmation implements IEventListener<OrderPlaced> {
  constructor(
    private readonly mailer: MailerService,
    private readonly orders: OrderStore,
  ) {}

  async handle(event: OrderPlaced, signal?: AbortSignal): Promise<void> {
    const { id } = event.getPayload();
    await this.mailer.send(`We have your order ${id}`, signal);
    this.orders.update(id, { isConfirmed: true });
  }
}

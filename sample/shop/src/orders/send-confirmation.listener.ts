import { EventListener, type IEventListener } from 'nestjs-event-drivers';
import { MailerService } from '../mail/mailer.service.js';
import { OrderPlaced } from './order-placed.event.js';

/**
 * From the queue: a mail that was promised is sent, even if the process dies first. It may be another process
 * that sends it, so the event carries all that is needed.
 */
@EventListener(OrderPlaced, { driver: 'queue' })
export class SendConfirmation implements IEventListener<OrderPlaced> {
  constructor(private readonly mailer: MailerService) {}

  async handle(event: OrderPlaced, signal?: AbortSignal): Promise<void> {
    const { id, item, quantity } = event.getPayload();
    await this.mailer.send(`We have your order ${id}: ${quantity} x ${item}`, signal);
  }
}

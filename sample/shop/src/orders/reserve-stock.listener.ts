import { EventListener, type IEventListener } from 'nestjs-event-drivers';
import { OrderPlaced } from './order-placed.event.js';
import { OrderStore } from './order.store.js';
import { WarehouseService } from './warehouse.service.js';

/** What cannot be reserved is kept by the driver, and listed under `GET /failed`, rather than lost. */
@EventListener(OrderPlaced, { driver: 'resilient' })
export class ReserveStock implements IEventListener<OrderPlaced> {
  constructor(
    private readonly warehouse: WarehouseService,
    private readonly orders: OrderStore,
  ) {}

  handle(event: OrderPlaced): void {
    const { id, item, quantity } = event.getPayload();
    this.warehouse.take(item, quantity);
    this.orders.update(id, { isReserved: true });
  }
}

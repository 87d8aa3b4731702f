import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module.js';
import { PaymentsModule } from '../payments/payments.module.js';
import { ChargePayment } from './charge-payment.listener.js';
import { OrderStore } from './order.store.js';
import { OrdersController } from './orders.controller.js';
import { ReserveStock } from './reserve-stock.listener.js';
import { SendConfirmation } from './send-confirmation.listener.js';
import { StockController } from './stock.controller.js';
import { WarehouseService } from './warehouse.service.js';

@Module({
  imports: [MailModule, PaymentsModule],
  controllers: [OrdersController, StockController],
  providers: [OrderStore, WarehouseService, ReserveStock, ChargePayment, SendConfirmation],
})
export class OrdersModule {}

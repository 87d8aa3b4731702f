import {
  Body,
  Controller,
  Get,
  HttpCode,
  HttpStatus,
  Inject,
  Param,
  Post,
  ServiceUnavailableException,
} from '@nestjs/common';
import { shopConfig, type ShopConfig } from '../config/shop.config.js';
import { BodyPipe, text, wholeNumberFrom } from '../http/body.pipe.js';

interface Payment {
  readonly orderId: string;
  readonly amount: number;
}

/**
 * Plays the service of another company, which works only now and then: it refuses each order so many
 * times before it accepts it, so that what happens is the same every time.
 */
@Controller('external/payments')
export class ExternalPaymentsController {
  private readonly requests = new Map<string, number>();

  constructor(@Inject(shopConfig.KEY) private readonly config: ShopConfig) {}

  @Post()
  @HttpCode(HttpStatus.OK)
  pay(
    @Body(new BodyPipe<Payment>({ orderId: text, amount: wholeNumberFrom(0) })) { orderId, amount }: Payment,
  ): Payment {
    const requests = this.countRequests(orderId) + 1;
    this.requests.set(orderId, requests);
    if (requests <= this.config.payments.failures) throw new ServiceUnavailableException('busy');
    return { orderId, amount };
  }

  @Get(':orderId')
  getRequests(@Param('orderId') orderId: string): { orderId: string; requests: number } {
    return { orderId, requests: this.countRequests(orderId) };
  }

  private countRequests(orderId: string): number {
    return this.requests.get(orderId) ?? 0;
  }
}

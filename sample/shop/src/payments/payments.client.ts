import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BadGatewayException, Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { shopConfig, type ShopConfig } from '../config/shop.config.js';

/** Calls the payment service over HTTP. It does not try again: that is the driver's affair. */
@Injectable()
export class PaymentsClient {
  constructor(
    @Inject(shopConfig.KEY) private readonly config: ShopConfig,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  async charge(orderId: string, amount: number, signal?: AbortSignal): Promise<void> {
    const response = await fetch(this.config.payments.url ?? this.getOwnUrl(), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ orderId, amount }),
      signal: signal ?? null,
    });
    // Unless the answer is read to its end, the connection cannot be used again.
    await response.text();
    if (response.ok) return;
    throw new BadGatewayException(`The payment service answered ${response.status} (${response.statusText})`);
  }

  /** Asked for at each call: which port it is may be known only once the application listens. */
  private getOwnUrl(): string {
    const server: Server = this.adapterHost.httpAdapter.getHttpServer();
    const { port } = server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/external/payments`;
  }
}

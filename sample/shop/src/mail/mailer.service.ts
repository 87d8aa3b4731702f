import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { shopConfig, type ShopConfig } from '../config/shop.config.js';

/** Stands in for a mail server: it takes its time. */
@Injectable()
export class MailerService {
  private readonly logger = new Logger(MailerService.name);

  constructor(@Inject(shopConfig.KEY) private readonly config: ShopConfig) {}

  async send(subject: string, signal?: AbortSignal): Promise<void> {
    await setTimeout(this.config.mail.delayMs, undefined, signal && { signal });
    this.logger.log(`Sent '${subject}'`);
  }
}

import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { shopConfig, type ShopConfig } from '../config/shop.config.js';
import { MailServer } from './mail-server.js';

/** Sends mails, which takes its time. It does not try again: that is the driver's affair. */
@Injectable()
export class MailerService {
  private readonly logger = new Logger(MailerService.name);

  constructor(
    @Inject(shopConfig.KEY) private readonly config: ShopConfig,
    private readonly server: MailServer,
  ) {}

  async send(subject: string, signal?: AbortSignal): Promise<void> {
    await setTimeout(this.config.mail.delayMs, undefined, signal && { signal });
    await this.server.take(subject);
    this.logger.log(`Sent '${subject}'`);
  }
}

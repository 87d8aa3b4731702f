import { existsSync, mkdirSync } from 'node:fs';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, ServiceUnavailableException } from '@nestjs/common';
import { shopConfig, type ShopConfig } from '../config/shop.config.js';

export interface Mail {
  readonly subject: string;
  readonly sentAt: string;
}

/**
 * Plays a mail server that can be broken on purpose. It keeps what it has in files, as a server apart from the
 * shop would: it does not die with the shop, and several processes of the shop use the same one.
 */
@Injectable()
export class MailServer {
  private readonly outbox: string;
  private readonly outOfOrderSign: string;

  constructor(@Inject(shopConfig.KEY) { mail: { folder } }: ShopConfig) {
    mkdirSync(folder, { recursive: true });
    this.outbox = join(folder, 'outbox.jsonl');
    this.outOfOrderSign = join(folder, 'mail-server-is-out-of-order');
  }

  async take(subject: string): Promise<void> {
    if (!this.isWorking()) throw new ServiceUnavailableException('The mail server is out of order');
    const mail: Mail = { subject, sentAt: new Date().toISOString() };
    await appendFile(this.outbox, `${JSON.stringify(mail)}\n`);
  }

  async getOutbox(): Promise<Mail[]> {
    const lines = existsSync(this.outbox) ? await readFile(this.outbox, 'utf8') : '';
    return lines
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Mail);
  }

  isWorking(): boolean {
    return !existsSync(this.outOfOrderSign);
  }

  async setWorking(isWorking: boolean): Promise<void> {
    if (isWorking) await rm(this.outOfOrderSign, { force: true });
    else await writeFile(this.outOfOrderSign, '');
  }
}

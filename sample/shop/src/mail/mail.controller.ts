import { Controller, Get, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { type Mail, MailServer } from './mail-server.js';

@Controller('mail')
export class MailController {
  constructor(private readonly server: MailServer) {}

  @Get('outbox')
  getOutbox(): Promise<Mail[]> {
    return this.server.getOutbox();
  }

  /** From now on, every mail fails. */
  @Post('break')
  @HttpCode(HttpStatus.OK)
  break(): Promise<{ isWorking: boolean }> {
    return this.setWorking(false);
  }

  @Post('repair')
  @HttpCode(HttpStatus.OK)
  repair(): Promise<{ isWorking: boolean }> {
    return this.setWorking(true);
  }

  private async setWorking(isWorking: boolean): Promise<{ isWorking: boolean }> {
    await this.server.setWorking(isWorking);
    return { isWorking };
  }
}

import { Module } from '@nestjs/common';
import { MailController } from './mail.controller.js';
import { MailServer } from './mail-server.js';
import { MailerService } from './mailer.service.js';

@Module({
  controllers: [MailController],
  providers: [MailServer, MailerService],
  exports: [MailerService],
})
export class MailModule {}

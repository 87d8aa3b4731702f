import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module.js';
import { UserDirectory } from './user.directory.js';
import { UsersController } from './users.controller.js';
import { WelcomeListener } from './welcome.listener.js';

@Module({
  imports: [MailModule],
  controllers: [UsersController],
  providers: [UserDirectory, WelcomeListener],
})
export class UsersModule {}

import { Injectable } from '@nestjs/common';
import { OnEvent } from 'nestjs-event-drivers';
import { MailerService } from '../mail/mailer.service.js';
import { UserCreated } from './user-created.event.js';
import { UserDirectory } from './user.directory.js';

@Injectable()
export class WelcomeListener {
  constructor(
    private readonly mailer: MailerService,
    private readonly directory: UserDirectory,
  ) {}

  /** In the background: whoever signs up need not wait for the mail. */
  @OnEvent(UserCreated, { driver: 'background' })
  async welcome(event: UserCreated, signal?: AbortSignal): Promise<void> {
    const { id, name } = event.getPayload();
    await this.mailer.send(`Welcome, ${name}`, signal);
    this.directory.markAsWelcomed(id);
  }
}

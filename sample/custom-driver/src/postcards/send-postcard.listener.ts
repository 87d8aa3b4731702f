import { EventListener, type IEventListener } from 'nestjs-event-drivers';
import { PostOffice } from './post-office.service.js';
import { PostcardWritten } from './postcard-written.event.js';

/** By the driver of this sample: a postcard that was accepted is sent, even if the process dies first. */
@EventListener(PostcardWritten, { driver: 'file' })
export class SendPostcard implements IEventListener<PostcardWritten> {
  constructor(private readonly postOffice: PostOffice) {}

  async handle(event: PostcardWritten, signal?: AbortSignal): Promise<void> {
    const { to, text, writtenAt } = event.getPayload();
    await this.postOffice.send(`To ${to}, on ${writtenAt.toISOString().slice(0, 10)}: ${text}`, signal);
  }
}

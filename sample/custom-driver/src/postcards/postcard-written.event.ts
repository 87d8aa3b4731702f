import { BaseEvent, Event } from 'nestjs-event-drivers';

export interface Postcard {
  to: string;
  text: string;
}

/** Somebody has written a postcard. */
@Event({ name: 'postcard.written' })
export class PostcardWritten extends BaseEvent<Postcard & { writtenAt: Date }> {}

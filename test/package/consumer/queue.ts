import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  BaseEvent,
  Event,
  EventConfig,
  EventQueues,
  EventService,
  EventsModule,
  OnEvent,
  QueueDriver,
} from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';

@Event({ name: 'mail.due' })
class MailDue extends BaseEvent<{ to: string; at: Date }> {}

@Injectable()
class Mailer {
  readonly done: Promise<void>;
  private tell!: () => void;
  private attempts = 0;

  constructor() {
    this.done = new Promise((resolve) => (this.tell = resolve));
  }

  @OnEvent(MailDue)
  send(event: MailDue): void {
    if (++this.attempts < 2) throw new Error('not yet');
    const { to, at } = event.getPayload();
    console.log(`mail to ${to} of ${at.getUTCFullYear()}, attempt ${this.attempts}`);
    this.tell();
  }
}

@Module({
  imports: [
    EventsModule.forRoot({
      defaultDriver: 'queue',
      drivers: {
        queue: EventConfig.createConfigDriver(QueueDriver, {
          workerCreator: PgBossWorkerCreator.forRoot({ connection: { embedded: 'memory' } }),
          delayMs: 10,
        }),
      },
    }),
  ],
  providers: [Mailer],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
await app.get(EventService).dispatch(new MailDue({ to: 'Ada', at: new Date(0) }));
await app.get(Mailer).done;
const { deliveries } = app.get(EventQueues).explain(MailDue);
console.log(deliveries.map(({ listener, queue }) => `${listener} from ${queue}`).join());
await app.close();

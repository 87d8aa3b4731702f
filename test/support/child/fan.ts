import { Injectable } from '@nestjs/common';
import { BaseEvent, Event, OnEvent } from 'nestjs-event-drivers';
import type { TaskPayload } from './protocol.js';
import { Ledgers } from './task.js';

/** What five listeners hear. */
@Event({ name: 'fanned' })
export class Fanned extends BaseEvent<TaskPayload> {}

/** Five listeners, all but one of which succeed. Each records `<id>/<number>`. */
@Injectable()
export class Fan {
  constructor(private readonly ledgers: Ledgers) {}

  @OnEvent(Fanned, { id: 'fan.1' })
  one(event: Fanned): void {
    this.hear(event, 1);
  }

  @OnEvent(Fanned, { id: 'fan.2' })
  two(event: Fanned): void {
    this.hear(event, 2);
  }

  @OnEvent(Fanned, { id: 'fan.3' })
  three(event: Fanned): void {
    this.hear(event, 3);
  }

  @OnEvent(Fanned, { id: 'fan.4' })
  four(event: Fanned): void {
    this.hear(event, 4);
  }

  @OnEvent(Fanned, { id: 'fan.5' })
  five(event: Fanned): void {
    this.hear(event, 5);
  }

  private hear(event: Fanned, number: number): void {
    const { id, listener, behaviour } = event.getPayload();
    const run = `${id}/${number}`;
    this.ledgers.write('started', run);
    if (number === listener) {
      if (behaviour === 'fail') throw new Error('as it was told');
      if (behaviour === 'die' && this.ledgers.isFirst(run.replace('/', '.'))) {
        process.kill(process.pid, 'SIGKILL');
      }
    }
    this.ledgers.write('done', run);
  }
}

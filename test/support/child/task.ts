import { fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import {
  BaseEvent,
  type DeliveryTransaction,
  Event,
  EventService,
  OnEvent,
  UnrecoverableError,
} from 'nestjs-event-drivers';
import { failpoint } from './failpoints.js';
import type { LedgerName, TaskPayload } from './protocol.js';

@Event({ name: 'task' })
export class Task extends BaseEvent<TaskPayload> {}

/** A task with an effect. */
@Event({ name: 'booking' })
export class Booking extends BaseEvent<TaskPayload> {}

/** Lists of ids that are on the disk when a call returns. */
export class Ledgers {
  private readonly files = new Map<LedgerName, number>();

  constructor(private readonly folder: string) {}

  write(name: LedgerName, id: string | readonly string[], note = ''): void {
    let file = this.files.get(name);
    if (file === undefined) this.files.set(name, (file = openSync(join(this.folder, name), 'a')));
    const rest = `${process.pid} ${Date.now()} ${note.replaceAll('\n', ' ')}\n`;
    const ids = typeof id === 'string' ? [id] : id;
    writeSync(file, ids.map((one) => `${one} ${rest}`).join(''));
    // What was sent is only to be known after the death of the process.
    if (name !== 'sent') fsyncSync(file);
  }

  /** @returns whether it has never been called with this id before, by any process */
  isFirst(id: string): boolean {
    try {
      openSync(join(this.folder, `once-${id}`), 'wx');
      return true;
    } catch {
      return false;
    }
  }
}

/** Has effects, each together with the completion of its task. */
@Injectable()
export class Booker {
  constructor(private readonly ledgers: Ledgers) {}

  @OnEvent(Booking, { id: 'booker', transactional: true })
  async book(
    booking: Booking,
    _signal: AbortSignal | undefined,
    transaction: DeliveryTransaction,
  ): Promise<void> {
    const { id, table, behaviour, ms = 0 } = booking.getPayload();
    this.ledgers.write('started', id);
    if (ms > 0) await delay(ms);
    await transaction.query(`INSERT INTO ${table} VALUES ($1)`, [id]);
    if (behaviour === 'die-when-done' && this.ledgers.isFirst(id)) {
      process.kill(process.pid, 'SIGKILL');
      await new Promise(() => undefined);
    }
    this.ledgers.write('done', id);
  }
}

/** Does what tasks say. */
@Injectable()
export class Worker {
  constructor(
    private readonly events: EventService,
    private readonly ledgers: Ledgers,
  ) {}

  @OnEvent(Task, { id: 'worker' })
  async work(task: Task, signal?: AbortSignal): Promise<void> {
    const { id, behaviour = 'succeed', ms = 0 } = task.getPayload();
    // Whoever reads that it has started may end the process at once: the next one is to know.
    const isFirst = behaviour.endsWith('-once') && this.ledgers.isFirst(id);
    this.ledgers.write('started', id);
    failpoint('midHandler');
    signal?.addEventListener('abort', () => this.ledgers.write('aborted', id, String(signal.reason)));
    switch (behaviour) {
      case 'fail':
        throw new Error('as it was told');
      case 'fail-once':
        if (isFirst) throw new Error('as it was told');
        break;
      case 'refuse':
        throw new UnrecoverableError('as it was told');
      case 'hang-once':
        if (isFirst) return new Promise(() => undefined);
        break;
      case 'hang':
        return new Promise(() => undefined);
      case 'die':
        process.kill(process.pid, 'SIGKILL');
        return new Promise(() => undefined);
      case 'block':
        for (const end = performance.now() + ms; performance.now() < end;);
        break;
      case 'dispatch':
        await delay(ms);
        this.ledgers.write('sent', `${id}-child`);
        await this.events.dispatch(new Task({ id: `${id}-child` }));
        this.ledgers.write('acked', `${id}-child`);
        break;
      case 'work':
      case 'succeed':
      case 'die-when-done':
        if (ms > 0) await delay(ms);
    }
    this.ledgers.write('done', id);
    if (behaviour === 'die-when-done' && this.ledgers.isFirst(id)) process.kill(process.pid, 'SIGKILL');
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import type { EventService } from 'nestjs-event-drivers';
import { Fanned } from './fan.js';
import type { Outbox } from './outbox.js';
import type { Command, TaskPayload } from './protocol.js';
import { Booking, type Ledgers, Task } from './task.js';

type Dispatch = Extract<Command, { dispatch: string }>;

/** How long it waits after a refusal, in milliseconds. */
const PAUSE_MS = 20;

/** Dispatches what it is told, and records what becomes of it. */
export async function dispatch(
  events: EventService,
  ledgers: Ledgers,
  getOutbox: () => Outbox,
  command: Dispatch,
): Promise<void> {
  const { dispatch: prefix, parallel, count = Infinity, batch = 1, pauseMs = 0, payload } = command;
  const { outbox, isRolledBack = false, holdMs = 0 } = command;
  let next = 0;
  const run = async (): Promise<void> => {
    while (next < count) {
      const first = next;
      next = Math.min(next + batch, count);
      const ids = Array.from({ length: next - first }, (_, index) => `${prefix}-${first + index}`);
      const tasks = ids.map((id) => createTask({ ...payload, id }));
      const store = (more: object = {}): Promise<void> => {
        const options = { ...toOptions(command, first), ...more };
        return batch === 1 ? events.dispatch(tasks[0]!, options) : events.dispatchMany(tasks, options);
      };
      ledgers.write('sent', ids);
      try {
        if (outbox === undefined) await store();
        else
          await getOutbox().run(outbox, ids, { isRolledBack, holdMs }, (transaction) =>
            store({ transaction }),
          );
        if (!isRolledBack) ledgers.write('acked', ids);
        if (pauseMs > 0) await delay(pauseMs);
      } catch (error) {
        const { code, message } = error as { code?: string; message: string };
        ledgers.write('rejected', ids, `${code} ${message}`);
        await delay(PAUSE_MS);
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, run));
}

function toOptions({ dispatch: prefix, options, keys, isIdempotent }: Dispatch, index: number): object {
  return {
    ...options,
    ...(keys === undefined ? {} : { orderingKey: `key${index % keys}` }),
    ...(isIdempotent ? { idempotencyKey: `${prefix}-${index}` } : {}),
  };
}

function createTask(payload: TaskPayload): Task | Booking | Fanned {
  if (payload.table !== undefined) return new Booking(payload);
  return payload.listener === undefined ? new Task(payload) : new Fanned(payload);
}

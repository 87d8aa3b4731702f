import { Injectable } from '@nestjs/common';
import {
  AsyncDriver,
  BaseEvent,
  type ContextCarrier,
  DebugDriver,
  Event,
  EventConfig,
  type EventsModuleOptions,
  FallbackDriver,
  OnEvent,
  PostponeError,
  QueueDriver,
  ResilientDriver,
  RetryDriver,
  TimeoutDriver,
  type WorkerCreator,
} from 'nestjs-event-drivers';
import { z } from 'zod';

/** What must be seen nowhere but by listeners. */
export const CANARY = 'canary-4111-1111';

export type Fate = 'succeed' | 'fail' | 'hang' | 'postpone' | 'no data';

const schema = z.object({ fate: z.string(), card: z.string().max(100), pin: z.unknown().optional() });

@Event({ name: 'card.charged', schema })
export class CardCharged extends BaseEvent<{ fate: Fate; card: string; pin?: unknown }> {}

@Injectable()
export class Bank {
  readonly heard: string[] = [];

  @OnEvent(CardCharged, { id: 'bank' })
  async charge(event: CardCharged): Promise<void> {
    const { fate, card } = event.getPayload();
    this.heard.push(`${fate} ${card}`);
    if (fate === 'fail') throw new Error('the bank is closed');
    if (fate === 'postpone' && this.heard.length % 2 === 1) throw new PostponeError(1);
    if (fate === 'hang') await new Promise((resolve) => setTimeout(resolve, 400));
  }
}

/** What surrounds a dispatch is carried along, and nobody's business either. */
export const carrier: ContextCarrier = {
  capture: () => ({ authorization: `Bearer ${CANARY}` }),
  restore: (_, run) => run(),
};

/** Every driver that says something about what it does, in this process and around a queue. */
export function toLeakyConfig(workerCreator: WorkerCreator, name: string): EventsModuleOptions {
  return {
    defaultDriver: name,
    context: [carrier],
    drivers: {
      [name]: EventConfig.createConfigDriver(QueueDriver, {
        workerCreator,
        retries: 1,
        delayMs: 1,
        timeout: 200,
        pollIntervalMs: 100,
      }),
      retry: EventConfig.createConfigDriver(RetryDriver, { maxRetries: 2, delayMs: 1 }),
      background: EventConfig.createConfigDriver(AsyncDriver, { background: true }),
      timeout: EventConfig.createConfigDriver(TimeoutDriver, { timeout: 50 }),
      resilient: EventConfig.createConfigDriver(ResilientDriver),
      fallback: EventConfig.createConfigDriver(FallbackDriver, { drivers: ['retry', 'timeout'] }),
      debug: EventConfig.createConfigDriver(DebugDriver, { driver: name, redact: () => 'left out' }),
      debugged: EventConfig.createConfigDriver(DebugDriver, { redact: ['card', 'pin'] }),
    },
  };
}

import { Injectable } from '@nestjs/common';
import { BaseEvent, Event, OnEvent } from '../../index.js';
import { perform, type TestEvent, type TestPayload } from './test-log.js';

/** The queue of {@link Queued}, for drivers that have queues. */
export const QUEUE = 'conformance';

/** Heard by two listeners, and without work of its own. */
@Event({ name: 'conformance.heard' })
export class Heard extends BaseEvent<TestPayload> {}

/** With work of its own, and heard by nobody. */
@Event({ name: 'conformance.done' })
export class Done extends BaseEvent<TestPayload> {
  override async execute(signal?: AbortSignal): Promise<void> {
    await perform('execute', this, signal);
  }
}

/** Heard by one listener, and names a queue. */
@Event({ name: 'conformance.queued', queue: QUEUE })
export class Queued extends BaseEvent<TestPayload> {}

/** Without work of its own, and heard by nobody. */
@Event({ name: 'conformance.ignored' })
export class Ignored extends BaseEvent<TestPayload> {}

/** Heard by {@link TransactionalListener}, where an application has it. */
@Event({ name: 'conformance.transacted' })
export class Transacted extends BaseEvent<TestPayload> {}

export const SUITE_EVENTS = [Heard, Done, Queued, Ignored, Transacted] as const;

/** The listeners of the suite. */
@Injectable()
export class SuiteListeners {
  @OnEvent(Heard, { id: 'conformance.first' })
  async first(event: TestEvent, signal?: AbortSignal): Promise<void> {
    await perform('first', event, signal);
  }

  @OnEvent(Heard, { id: 'conformance.second', order: 1 })
  async second(event: TestEvent, signal?: AbortSignal): Promise<void> {
    await perform('second', event, signal);
  }

  @OnEvent(Queued, { id: 'conformance.sole' })
  async sole(event: TestEvent, signal?: AbortSignal): Promise<void> {
    await perform('sole', event, signal);
  }
}

/** A listener that only drivers can deliver to that run it in a transaction. */
@Injectable()
export class TransactionalListener {
  @OnEvent(Transacted, { id: 'conformance.transactional', transactional: true })
  async sole(event: TestEvent, signal: AbortSignal | undefined, transaction: unknown): Promise<void> {
    await perform('sole', event, signal, transaction);
  }
}

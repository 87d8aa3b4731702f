import type { TestingModuleBuilder } from '@nestjs/testing';
import { EventDispatcher } from '../dispatch/event-dispatcher.js';
import { ListenerExplorer } from '../listener/listener.explorer.js';
import { EventsBootstrap } from '../module/events.bootstrap.js';
import type { FakeEventsOptions } from './modes/mode.js';
import { createTestingBootstrap } from './modes/testing.bootstrap.js';
import { createTestingDispatcher } from './modes/testing.dispatcher.js';
import { createTestingExplorer } from './modes/testing.explorer.js';
import { TestRun } from './modes/test-run.js';
import { TestEvents, WATCH } from './test-events.js';

/** The classes that stand in for those of the module in a test. */
export function createTestingProviders(
  run: TestRun,
): { provide: Function; useClass: new (...args: never[]) => object }[] {
  return [
    { provide: EventDispatcher, useClass: createTestingDispatcher(run) },
    { provide: ListenerExplorer, useClass: createTestingExplorer(run.recorder) },
    { provide: EventsBootstrap, useClass: createTestingBootstrap(run) },
  ];
}

/**
 * Watches the events of an application under test. Unless it is said otherwise, they are recorded and nothing is run: no
 * listener is called, no driver is opened, and no server is needed.
 *
 * Works with any builder of a testing module, before its `compile()`.
 *
 * @param options which events, and what becomes of them
 * @returns what has happened, for assertions
 * @throws an `InvalidOptionsError` for options that make no sense
 *
 * @example
 * ```ts
 * const builder = Test.createTestingModule({ imports: [AppModule] });
 * const events = fakeEvents(builder, { except: [OrderPlaced] });
 * const module = await builder.compile();
 * ```
 */
export function fakeEvents(builder: TestingModuleBuilder, options: FakeEventsOptions = {}): TestEvents {
  const events = new TestEvents();
  watchEvents(builder, events, options);
  return events;
}

/** {@link fakeEvents} with what is there already to look at what has happened. */
export function watchEvents(
  builder: TestingModuleBuilder,
  events: TestEvents,
  options: FakeEventsOptions,
): void {
  const run = new TestRun(options);
  events[WATCH](run);
  for (const { provide, useClass } of createTestingProviders(run)) {
    builder.overrideProvider(provide).useClass(useClass);
  }
}

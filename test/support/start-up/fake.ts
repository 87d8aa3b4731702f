import { EventService } from 'nestjs-event-drivers';
import { type EventsMode, fakeEvents, type TestEvents } from 'nestjs-event-drivers/testing';
import { Happened, startApplication } from './application.js';

export async function test(mode: EventsMode): Promise<void> {
  let events: TestEvents | undefined;
  const module = await startApplication((builder) => {
    events = fakeEvents(builder, { mode });
  });
  await module.get(EventService).dispatch(new Happened({ id: 1 }));
  await events?.settled();
  events?.expectDispatched(Happened, { id: 1 });
  await module.close();
}

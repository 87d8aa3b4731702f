import { expect as importedExpect } from '@jest/globals';
import { BaseEvent, type IBaseEvent } from 'nestjs-event-drivers';
import 'nestjs-event-drivers/testing/jest';
import type { TestEvents } from 'nestjs-event-drivers/testing';

interface Address {
  street: string;
  city: string;
}
class UserCreated extends BaseEvent<{
  userId: string;
  at?: Date;
  tags?: string[];
  home?: Address;
  others?: Address[];
  rights?: Map<string, number>;
  labels?: ReadonlySet<string>;
}> {}
class Tick extends BaseEvent {}
class Listener {}

declare const events: TestEvents;

events.dispatched() satisfies readonly IBaseEvent[];
events.dispatched(UserCreated) satisfies readonly UserCreated[];
events.dispatched(UserCreated)[0]!.getPayload().userId satisfies string;
events.dispatched(UserCreated, { userId: '1' }) satisfies readonly UserCreated[];
events.dispatched('user.*') satisfies readonly IBaseEvent[];
events.expectDispatched(UserCreated) satisfies UserCreated;
events.expectDispatched(UserCreated, (event) => event.getPayload().userId === '1') satisfies UserCreated;
events.expectDispatched('user.*') satisfies IBaseEvent;
events.expectDispatched(Tick, { any: 'payload' });
const named = events.expectDispatched('user.*');
// @ts-expect-error a name does not tell which class it is
named satisfies UserCreated;
// @ts-expect-error an array that nobody may change
events.dispatched(UserCreated).push(new UserCreated({ userId: '1' }));
// @ts-expect-error the payload has no such property
events.expectDispatched(UserCreated, { userID: '1' });
// @ts-expect-error the property has another type
events.expectDispatched(UserCreated, { userId: 1 });
// @ts-expect-error the event has no such method
events.expectDispatched(UserCreated, (event) => event.getBody() === '1');
// @ts-expect-error no event
events.expectDispatched(Date);
// @ts-expect-error an instance, not the class
events.expectNotDispatched(new Tick());

// Part of a payload, with matchers in the place of any of it.
events.expectDispatched(UserCreated, { home: { city: 'London' } });
events.expectDispatched(UserCreated, { others: [{ city: 'London' }], tags: ['a'] });
events.expectDispatched(UserCreated, { userId: expect.any(String), tags: ['a', expect.anything()] });
events.expectDispatched(UserCreated, expect.objectContaining({ userId: '1' }));
events.expectDispatched(UserCreated, {
  userId: importedExpect.any(String),
  at: importedExpect.any(Date),
  tags: ['a', importedExpect.stringMatching(/b/)],
  home: importedExpect.objectContaining({ city: 'London' }),
});
events.expectDispatched(UserCreated, importedExpect.objectContaining({ userId: '1' }));
// @ts-expect-error the property of the property has another type
events.expectDispatched(UserCreated, { home: { city: 1 } });
// @ts-expect-error what is in the array has another type
events.expectDispatched(UserCreated, { tags: [1] });
// @ts-expect-error what is in the array has no such property
events.expectDispatched(UserCreated, { others: [{ town: 'London' }] });
// @ts-expect-error maps are compared as a whole
events.expectDispatched(UserCreated, { rights: {} });
// @ts-expect-error as are sets
events.expectDispatched(UserCreated, { labels: {} });
events.expectDispatched(UserCreated, { rights: new Map([['a', 1]]), labels: new Set(['a']) });

expect(events).toHaveDispatched(UserCreated, { userId: '1' }) satisfies void;
expect(events).toHaveDispatched('user.*', { userId: '1' });
expect(events).not.toHaveDispatched(UserCreated, (event) => event.getPayload().userId === '1');
expect(events).toHaveDispatchedTimes(UserCreated, 2, { userId: '1' });
expect(events).toHaveDispatchedNothing();
expect(events).toHaveDelivered(Listener, { userId: '1' });
expect(events).toHaveDeliveredTimes('Listener.on', 1);
expect(events).toHaveFailed(UserCreated, TypeError);
expect(events).toHaveDeadLettered(Listener, { code: 'ECONNREFUSED' });
// @ts-expect-error the payload has no such property
expect(events).toHaveDispatched(UserCreated, { userID: '1' });
// @ts-expect-error the property has another type
expect(events).not.toHaveDispatched(UserCreated, { userId: 1 });
// @ts-expect-error no event
expect(events).toHaveDispatched(Date);
// @ts-expect-error the payload is where the number is to be
expect(events).toHaveDispatchedTimes(UserCreated, { userId: '1' });
// @ts-expect-error it takes nothing
expect(events).toHaveDispatchedNothing(UserCreated);
// @ts-expect-error the listener is missing
expect(events).toHaveDelivered();
// @ts-expect-error no error
expect(events).toHaveFailed(Listener, 3);

importedExpect(events).toHaveDispatched(UserCreated, { userId: importedExpect.any(String) }) satisfies void;
importedExpect(events).not.toHaveDispatchedTimes(UserCreated, 2);
importedExpect(events).toHaveDispatchedNothing();
importedExpect(events).toHaveDelivered(Listener, { userId: '1' });
importedExpect(events).toHaveDeliveredTimes(Listener, 1);
importedExpect(events).toHaveFailed(Listener, /connection/);
importedExpect(events).toHaveDeadLettered('Listener.on');
// @ts-expect-error the payload has no such property
importedExpect(events).toHaveDispatched(UserCreated, { userID: '1' });
// @ts-expect-error the property has another type
importedExpect(events).not.toHaveDispatched(UserCreated, { userId: 1 });
// @ts-expect-error no event
importedExpect(events).toHaveDispatched(Date);
// @ts-expect-error no such matcher
importedExpect(events).toHaveDispatch(UserCreated);

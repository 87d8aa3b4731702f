import { Injectable } from '@nestjs/common';
import { BaseEvent, Event, InvalidOptionsError, OnEvent } from 'nestjs-event-drivers';
import { EventAssertionError } from 'nestjs-event-drivers/testing';
import { closeWatchedApps, queueConfig, watch } from './support/watched-app.js';

afterEach(closeWatchedApps);

interface User {
  userId: string;
  name: { first: string; last: string };
  tags?: string[];
  born?: Date;
}

@Event({ name: 'user.created' })
class UserCreated extends BaseEvent<User> {}
class AdminCreated extends UserCreated {}
@Event({ name: 'user.deleted' })
class UserDeleted extends BaseEvent<{ userId: string }> {}

@Injectable()
class Mails {
  @OnEvent(UserCreated)
  welcome(event: UserCreated): void {
    if (event.getPayload().name.first === 'Eve') throw new RangeError('no mail for Eve');
  }

  @OnEvent(UserDeleted, { driver: 'queue' })
  goodbye(): void {}
}

const ada = new UserCreated({ userId: '42', name: { first: 'Ada', last: 'Lovelace' }, tags: ['a', 'b'] });
const eve = new UserCreated({ userId: '43', name: { first: 'Eve', last: 'X' }, born: new Date(0) });

async function start() {
  const app = await watch({ mode: 'inline' }, [Mails], queueConfig());
  await app.service.dispatch(ada);
  await app.service.dispatch(eve).catch(() => {});
  return app;
}

/** What an assertion says. */
function messageOf(assert: () => unknown): string {
  try {
    assert();
  } catch (error) {
    expect(error).toBeInstanceOf(EventAssertionError);
    return (error as Error).message;
  }
  throw new Error('the assertion holds');
}

describe('what was dispatched', () => {
  it('is found by class, subclass, name and pattern', async () => {
    const { events, service } = await start();
    const admin = new AdminCreated({ userId: '1', name: { first: 'A', last: 'B' } });
    await service.dispatch(admin);
    expect(events.expectDispatched(UserCreated)).toBe(ada);
    expect(events.expectDispatched(AdminCreated)).toBe(admin);
    expect(events.expectDispatched('user.created')).toBe(ada);
    expect(events.dispatched('user.*')).toEqual([ada, eve]);
    expect(events.dispatched(UserCreated)).toEqual([ada, eve, admin]);
    expect(events.dispatched()).toEqual([ada, eve, admin]);
    events.expectDispatchedTimes(UserCreated, 3);
    events.expectDispatchedTimes(UserDeleted, 0);
    events.expectNotDispatched(UserDeleted);
  });

  it.each([
    ['a part of the payload', { name: { first: 'Ada' } }],
    [
      'a value that a test runner compares',
      { userId: expect.stringMatching(/^\d+$/), name: { last: 'Lovelace' } },
    ],
    ['a list as a whole', { tags: ['a', 'b'] }],
    ['a function', (event: UserCreated) => event.getPayload().tags?.length === 2],
  ])('matches %s', async (_what, match) => {
    const { events } = await start();
    expect(events.expectDispatched(UserCreated, match)).toBe(ada);
    events.expectDispatchedTimes(UserCreated, 1, (event) => event === ada);
  });

  it.each([
    ['another value', { userId: '44' }],
    ['a part of a list', { tags: ['a'] }],
    ['another date', { born: new Date(1) }],
    ['a property that is not there', { nobody: 1 } as never],
    ['a function that returns something that is not true', (() => 1) as never],
  ])('does not match %s', async (_what, match) => {
    const { events } = await start();
    expect(() => events.expectDispatched(UserCreated, match)).toThrow(EventAssertionError);
    events.expectNotDispatched(UserCreated, match);
  });

  it('is what the message shows: of events of the kind, also what is different', async () => {
    const { events, service } = await start();
    await service.dispatch(new UserDeleted({ userId: '42' }), { delay: '5m', driver: 'queue' });
    expect(
      messageOf(() => events.expectDispatched(UserCreated, { userId: '43', name: { first: 'Ada' } })),
    ).toBe(
      `Expected UserCreated to be dispatched with { userId: '43', name: { first: 'Ada' } }, but it was not.
Dispatched were:
  1. user.created { userId: '42', name: { first: 'Ada', last: 'Lovelace' }, tags: [ 'a', 'b' ] }
     userId is '42', expected '43'
  2. user.created { userId: '43', name: { first: 'Eve', last: 'X' }, born: 1970-01-01T00:00:00.000Z } (rejected: no mail for Eve)
     name.first is 'Eve', expected 'Ada'
  3. user.deleted { userId: '42' } (driver 'queue')`,
    );
  });

  it.each([
    ['too few', 3, 'Expected UserCreated to be dispatched 3 times, but it was, 2 times.'],
    ['too many', 1, 'Expected UserCreated to be dispatched once, but it was, 2 times.'],
  ])('are counted: %s', async (_what, times, message) => {
    const { events } = await start();
    expect(messageOf(() => events.expectDispatchedTimes(UserCreated, times))).toMatch(message);
  });

  it('are not what they should not be', async () => {
    const { events } = await start();
    expect(messageOf(() => events.expectNotDispatched(UserCreated, { userId: '42' }))).toMatch(
      "Expected UserCreated to be dispatched with { userId: '42' } not at all, but it was, once.",
    );
    expect(messageOf(() => events.expectNothingDispatched())).toMatch(
      'Expected nothing to be dispatched.\nDispatched were:\n  1. user.created',
    );
  });

  it('says so if that is nothing', async () => {
    const { events } = await watch({});
    expect(messageOf(() => events.expectDispatched(UserCreated))).toBe(
      'Expected UserCreated to be dispatched, but it was not.\nNothing was dispatched.',
    );
    events.expectNothingDispatched();
  });

  it('is cut short where it is much', async () => {
    const { events, service } = await watch({});
    for (let id = 0; id < 30; id++) await service.dispatch(new UserDeleted({ userId: 'x'.repeat(1000) }));
    const message = messageOf(() => events.expectNothingDispatched());
    expect(message).toContain('and 10 more');
    expect(message.length).toBeLessThan(20 * 500);
  });

  it('is not asked for by what names no event', async () => {
    const { events } = await start();
    for (const nothing of [undefined, '', {}] as never[]) {
      expect(() => events.expectDispatched(nothing)).toThrow(InvalidOptionsError);
    }
  });

  it('begins the stack of a failure with the test', async () => {
    const { events } = await start();
    const error = (() => {
      try {
        events.expectDispatched(UserDeleted);
      } catch (thrown) {
        return thrown as Error;
      }
      return undefined;
    })();
    expect(error!.stack!.split('\n    at ')[1]).toContain('assertions.spec');
  });
});

describe('what was delivered', () => {
  it('is found by the class and the id of the listener', async () => {
    const { events, service } = await start();
    await service.dispatch(new UserDeleted({ userId: '1' }));
    expect(events.expectDelivered(Mails, { userId: '42' }).event).toBe(ada);
    expect(events.expectDelivered('Mails.goodbye').driver).toBe('queue');
    events.expectDeliveredTimes(Mails, 2);
    events.expectDeliveredTimes('Mails.welcome', 1);
    events.expectNotDelivered('Mails.welcome', { userId: '43' });
    expect(events.expectFailed('Mails.welcome').event).toBe(eve);
  });

  it.each([
    ['a class', RangeError],
    ['a part of the message', 'for Eve'],
    ['a pattern', /^no mail/],
    ['properties', { name: 'RangeError' }],
  ])('has failed with %s', async (_what, error) => {
    const { events } = await start();
    events.expectFailed(Mails, error, { userId: '43' });
  });

  it.each([
    ['another class', TypeError, 'a TypeError'],
    ['another message', 'for Ada', "the error 'for Ada'"],
    ['another pattern', /^mail/, 'the error /^mail/'],
    ['other properties', { code: 1 }, 'the error { code: 1 }'],
  ])('has not failed with %s', async (_what, error, described) => {
    const { events } = await start();
    expect(messageOf(() => events.expectFailed(Mails, error))).toBe(
      `Expected Mails to have failed with ${described}, but it has not.
Deliveries were:
  1. Mails.welcome of user.created { userId: '42', name: { first: 'Ada', last: 'Lovelace' }, tags: [ 'a', 'b' ] } by driver 'sync': delivered
  2. Mails.welcome of user.created { userId: '43', name: { first: 'Eve', last: 'X' }, born: 1970-01-01T00:00:00.000Z } by driver 'sync': failed: no mail for Eve`,
    );
  });

  it('is told from what is not done yet, and from what is faked', async () => {
    const { events, service } = await watch({ mode: 'round-trip' }, [Mails], queueConfig());
    const dispatched = service.dispatch(new UserDeleted({ userId: '1' }));
    expect(messageOf(() => events.expectDelivered(Mails))).toContain(
      'Not all is done yet: await events.settled() before.',
    );
    await dispatched;
    await events.settled();
    events.expectDelivered(Mails);

    const faked = await watch({}, [Mails], queueConfig());
    await faked.service.dispatch(ada);
    expect(messageOf(() => faked.events.expectDelivered(Mails))).toContain(
      "For what is faked no listener is called: { mode: 'spy' }, 'inline' or 'round-trip' would call them.",
    );
  });

  it('is among the dead letters only if it was given up', async () => {
    const { events, service } = await start();
    expect(messageOf(() => events.expectDeadLettered(Mails))).toContain(
      'Expected Mails to be given up and kept, but it was not.',
    );
    events.faults.fail('Mails.goodbye', { error: new Error('mail server is down') });
    await service.dispatch(new UserDeleted({ userId: '1' }));
    const letter = events.expectDeadLettered('Mails.goodbye', 'mail server is down', { userId: '1' });
    expect(letter.deadLetter!.reason).toContain('mail server is down');
    expect(letter.runs).toHaveLength(4);
  });
});

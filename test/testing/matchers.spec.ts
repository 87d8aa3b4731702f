import { Injectable } from '@nestjs/common';
import { expect as importedExpect } from '@jest/globals';
import { BaseEvent, Event, InvalidOptionsError, OnEvent } from 'nestjs-event-drivers';
import type { TestEvents } from 'nestjs-event-drivers/testing';
import 'nestjs-event-drivers/testing/jest';
import { closeWatchedApps, NOWHERE, queueConfig, watch } from './support/watched-app.js';

class UserCreated extends BaseEvent<{ userId: string; tags?: string[] }> {}
class UserDeleted extends BaseEvent<{ userId: string }> {}
class Unheard extends BaseEvent<{}> {}
@Event({ name: 'mail.due', driver: 'queue' })
class MailDue extends BaseEvent<{ to: string }> {}

@Injectable()
class Accounts {
  @OnEvent(UserCreated)
  open(): void {}

  @OnEvent(UserDeleted)
  close(): void {
    throw new TypeError('no such account');
  }
}

@Injectable()
class Mailer {
  @OnEvent(MailDue)
  send(event: MailDue): void {
    if (event.getPayload().to !== 'Ada') throw new Error('no connection');
  }
}

let events: TestEvents;

beforeAll(async () => {
  const queue = queueConfig(NOWHERE, { retries: 1 });
  const app = await watch({ mode: 'inline' }, [Accounts, Mailer], queue);
  ({ events } = app);
  await app.service.dispatch(new UserCreated({ userId: '1', tags: ['a', 'b'] }));
  await app.service.dispatch(new UserCreated({ userId: '2' }));
  await app.service.dispatch(new UserDeleted({ userId: '3' })).catch(() => {});
  await app.service.dispatchMany([new MailDue({ to: 'Ada' }), new MailDue({ to: 'Bob' })]);
});

afterAll(closeWatchedApps);

type Call = (expectation: jest.Matchers<void, TestEvents>) => void;

const DISPATCHED = `Dispatched were:
  1. UserCreated { userId: '1', tags: [ 'a', 'b' ] }
  2. UserCreated { userId: '2' }
  3. UserDeleted { userId: '3' } (rejected: no such account)
  4. mail.due { to: 'Ada' }
  5. mail.due { to: 'Bob' }`;
const OPENED = `Deliveries were:
  1. Accounts.open of UserCreated { userId: '1', tags: [ 'a', 'b' ] } by driver 'sync': delivered
  2. Accounts.open of UserCreated { userId: '2' } by driver 'sync': delivered`;
const CLOSED = `Deliveries were:
  1. Accounts.close of UserDeleted { userId: '3' } by driver 'sync': failed: no such account`;
const MAILED = `Deliveries were:
  1. Mailer.send of mail.due { to: 'Ada' } by driver 'queue': delivered
  2. Mailer.send of mail.due { to: 'Bob' } by driver 'queue': dead-lettered after 2 attempts: no connection`;

/** A list with a line on why an entry is none of those that are meant. */
function noting(list: string, entry: number, why: string): string {
  return list.replace(new RegExp(`^  ${entry}\\..*$`, 'm'), `$&\n     ${why}`);
}

/** What holds, and the message where it is expected not to. */
const HOLDING: [Call, string][] = [
  [
    (it) => it.toHaveDispatched(UserCreated),
    `Expected UserCreated to be dispatched not at all, but it was, 2 times.\n${DISPATCHED}`,
  ],
  [
    (it) => it.toHaveDispatched('mail.*'),
    `Expected 'mail.*' to be dispatched not at all, but it was, 2 times.\n${DISPATCHED}`,
  ],
  [
    (it) => it.toHaveDispatched(MailDue, { to: 'Bob' }),
    "Expected MailDue to be dispatched with { to: 'Bob' } not at all, but it was, once.\n" +
      noting(DISPATCHED, 4, "to is 'Ada', expected 'Bob'"),
  ],
  [
    (it) => it.toHaveDispatchedTimes(UserCreated, 2),
    `Expected UserCreated to be dispatched not 2 times, but it was, 2 times.\n${DISPATCHED}`,
  ],
  [
    (it) => it.toHaveDispatchedTimes(Unheard, 0),
    `Expected Unheard to be dispatched at all, but it was not.\n${DISPATCHED}`,
  ],
  [
    (it) => it.toHaveDelivered(Mailer),
    `Expected Mailer to be delivered to not at all, but it was, once.\n${MAILED}`,
  ],
  [
    (it) => it.toHaveDeliveredTimes('Accounts.open', 2),
    `Expected Accounts.open to be delivered to not 2 times, but it was, 2 times.\n${OPENED}`,
  ],
  [
    (it) => it.toHaveFailed('Accounts.close', TypeError, { userId: '3' }),
    `Expected Accounts.close to have failed with { userId: '3' } with a TypeError not at all, but it has, once.\n${CLOSED}`,
  ],
  [
    (it) => it.toHaveDeadLettered(Mailer, 'connection'),
    `Expected Mailer to be given up and kept with the error 'connection' not at all, but it was, once.\n${MAILED}`,
  ],
];

/** What does not hold, and the message where it is expected. */
const FAILING: [Call, string][] = [
  [(it) => it.toHaveDispatched(Unheard), `Expected Unheard to be dispatched, but it was not.\n${DISPATCHED}`],
  [
    (it) => it.toHaveDispatched(UserDeleted, () => false),
    'Expected UserDeleted to be dispatched that the function returns true for, but it was not.\n' +
      noting(DISPATCHED, 3, 'the function returns no true for it'),
  ],
  [
    (it) => it.toHaveDispatchedTimes(UserCreated, 2, { userId: '1' }),
    "Expected UserCreated to be dispatched with { userId: '1' } 2 times, but it was, once.\n" +
      noting(DISPATCHED, 2, "userId is '2', expected '1'"),
  ],
  [(it) => it.toHaveDispatchedNothing(), `Expected nothing to be dispatched.\n${DISPATCHED}`],
  [
    (it) => it.toHaveDelivered('Accounts.close'),
    `Expected Accounts.close to be delivered to, but it was not.\n${CLOSED}`,
  ],
  [
    (it) => it.toHaveDeliveredTimes(Mailer, 2),
    `Expected Mailer to be delivered to 2 times, but it was, once.\n${MAILED}`,
  ],
  [
    (it) => it.toHaveFailed('Accounts.open'),
    `Expected Accounts.open to have failed, but it has not.\n${OPENED}`,
  ],
  [
    (it) => it.toHaveFailed(Mailer, /timeout/),
    `Expected Mailer to have failed with the error /timeout/, but it has not.\n${MAILED}`,
  ],
  [
    (it) => it.toHaveDeadLettered('Accounts.close'),
    `Expected Accounts.close to be given up and kept, but it was not.\n${CLOSED}`,
  ],
];

function failing(action: () => void): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it should have failed');
}

it.each(HOLDING)('what holds does, and is told with not: %s', (call, message) => {
  call(expect(events));
  expect(failing(() => call(expect(events).not))).toBe(message);
});

it.each(FAILING)('what does not hold is told, and holds with not: %s', (call, message) => {
  call(expect(events).not);
  expect(failing(() => call(expect(events)))).toBe(message);
});

it('nothing is dispatched until something is', async () => {
  const app = await watch({});
  expect(app.events).toHaveDispatchedNothing();
  expect(failing(() => expect(app.events).not.toHaveDispatchedNothing())).toBe(
    'Expected something to be dispatched.\nNothing was dispatched.',
  );
});

it('expect() of @jest/globals has them as well', () => {
  importedExpect(events).toHaveDispatched(UserCreated, { userId: importedExpect.any(String) });
  importedExpect(events).not.toHaveDispatched(Unheard);
});

describe('matchers within a payload', () => {
  it.each([
    [{ userId: expect.any(String), tags: ['a', expect.anything()] }],
    [{ tags: expect.arrayContaining(['b']) }],
    [expect.objectContaining({ userId: expect.not.stringMatching(/2/) })],
  ])('take what fits: %p', (match) => {
    expect(events).toHaveDispatchedTimes(UserCreated, 1, match);
  });

  it.each([
    [{ userId: expect.any(Number) }, '{ userId: Any<Number> }', "userId is '3', expected Any<Number>"],
    [
      { userId: expect.not.stringContaining('3') },
      "{ userId: StringNotContaining '3' }",
      "userId is '3', expected StringNotContaining '3'",
    ],
    [
      expect.objectContaining({ userId: '1', at: expect.anything() }),
      "ObjectContaining { userId: '1', at: Anything }",
      "the payload is { userId: '3' }, expected ObjectContaining { userId: '1', at: Anything }",
    ],
    [
      { userId: { asymmetricMatch: () => false } },
      '{ userId: { asymmetricMatch: [Function: asymmetricMatch] } }',
      "userId is '3', expected { asymmetricMatch: [Function: asymmetricMatch] }",
    ],
  ])('are named in the message: %p', (match, described, why) => {
    expect(failing(() => expect(events).toHaveDispatched(UserDeleted, match as {}))).toBe(
      `Expected UserDeleted to be dispatched with ${described}, but it was not.\n${noting(DISPATCHED, 3, why)}`,
    );
  });

  it('are named wherever they are in it, and a payload may contain itself', () => {
    const match: Record<string, unknown> = { userId: expect.any(Number) };
    match['itself'] = match;
    const message = failing(() => expect(events).toHaveDispatched('UserDeleted', match));
    expect(message).toContain('{ userId: Any<Number>, itself: { userId: Any<Number>');
  });
});

it.each([undefined, 3, {}, [], new UserCreated({ userId: '1' })])('%p has no events to look at', (value) => {
  const call = () => expect(value as unknown as TestEvents).toHaveDispatched(UserCreated);
  expect(call).toThrow(InvalidOptionsError);
  expect(call).toThrow('expect(): these matchers take what fakeEvents() returns, or module.get(TestEvents)');
});

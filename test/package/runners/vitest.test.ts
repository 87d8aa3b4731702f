import 'nestjs-event-drivers/testing/vitest';
import { describeDriver } from 'nestjs-event-drivers/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { start, STORY, TinyDriver, UserCreated, UserDeleted } from './story.js';

for (const [title, tell] of Object.entries(STORY)) it(title, tell);

it('expect() has matchers, with types', async () => {
  await using app = await start();
  expect(app.events).toHaveDispatchedNothing();
  await app.service.dispatch(new UserCreated({ userId: 'Ada' }));
  expect(app.events).toHaveDispatched(UserCreated, { userId: expect.any(String) });
  expect(app.events).not.toHaveDispatched(UserDeleted);
  expect(() => expect(app.events).toHaveDispatched(UserCreated, { userId: expect.any(Number) })).toThrow(
    "userId is 'Ada', expected Any<Number>",
  );
  // @ts-expect-error the payload has no such property
  expect(app.events).not.toHaveDispatched(UserCreated, { name: 'Ada' });
  // @ts-expect-error no event
  expect(app.events).not.toHaveDispatched(Date);
});

describeDriver('TinyDriver', { driver: TinyDriver }, { describe, it, afterAll });

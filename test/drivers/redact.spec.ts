import { createRedactor } from '../../lib/drivers/redact.js';

const redact = createRedactor([]);
const REDACTED = '[REDACTED]';

describe('without paths', () => {
  it('shows as much as anybody reads of what may be of any size', () => {
    const endless: unknown[] = ['first'];
    endless.length = 2 ** 32 - 1;
    const shown = redact({ endless, digits: 1n << 30_000_000n, some: 10n ** 100n }) as Record<
      string,
      unknown
    >;
    expect(shown).toEqual({
      endless: expect.arrayContaining(['first', '... 4294967195 more items']),
      digits: '[a BigInt of more than 8192 bits]',
      some: 10n ** 100n,
    });
    expect(shown['endless']).toHaveLength(101);
  });

  it.each([
    'password',
    'Password',
    'userPassword',
    'passwd',
    'passphrase',
    'pwd',
    'db_pwd',
    'secret',
    'clientSecret',
    'token',
    'access_token',
    'refreshToken',
    'authorization',
    'Authorization',
    'cookie',
    'Set-Cookie',
    'apiKey',
    'api_key',
    'X-API-Key',
    'privateKey',
    'credentials',
    'cardNumber',
    'credit_card',
    'cvv',
    'cvc',
    'ssn',
    'iban',
    'pin',
    'otp',
  ])('the key %s is left out', (key) => {
    expect(redact({ [key]: 'hunter2', kept: 1 })).toEqual({ [key]: REDACTED, kept: 1 });
  });

  it.each(['name', 'email', 'pinned', 'shipping', 'classname', 'description', 'key', 'author'])(
    'the key %s is kept',
    (key) => {
      expect(redact({ [key]: 'shown' })).toEqual({ [key]: 'shown' });
    },
  );

  it('secrets are left out at any depth, in arrays and in Maps', () => {
    const payload = {
      user: { profile: { password: 'a', name: 'Ann' } },
      accounts: [{ token: 'b', id: 1 }, [{ secret: 'c' }]],
      headers: new Map<string, unknown>([
        ['authorization', 'Bearer d'],
        ['nested', { apiKey: 'e', shown: true }],
      ]),
    };
    expect(redact(payload)).toEqual({
      user: { profile: { password: REDACTED, name: 'Ann' } },
      accounts: [{ token: REDACTED, id: 1 }, [{ secret: REDACTED }]],
      headers: new Map<string, unknown>([
        ['authorization', REDACTED],
        ['nested', { apiKey: REDACTED, shown: true }],
      ]),
    });
  });

  it('secrets are left out whole, whatever they are', () => {
    expect(redact({ credentials: { user: 'root', keys: [1] }, token: null })).toEqual({
      credentials: REDACTED,
      token: REDACTED,
    });
  });

  it('the payload itself is not touched', () => {
    const payload = Object.freeze({ user: Object.freeze({ password: 'hunter2' }) });
    redact(payload);
    expect(payload.user.password).toBe('hunter2');
  });

  it.each([undefined, null, 'password', 42, true, 10n, Symbol.for('password')])(
    '%p is as it was',
    (value) => {
      expect(redact(value)).toBe(value);
    },
  );

  it('dates, buffers, functions and the like are as they were', () => {
    const payload = { at: new Date(0), bytes: Buffer.from('abc'), pattern: /x/, call: () => 1 };
    const copy = redact(payload) as typeof payload;
    expect(copy).not.toBe(payload);
    for (const key of ['at', 'bytes', 'pattern', 'call'] as const) expect(copy[key]).toBe(payload[key]);
  });

  it('an instance of a class is copied without its secrets', () => {
    class User {
      readonly name = 'Ann';
      readonly password = 'hunter2';
    }
    expect(redact({ user: new User() })).toEqual({ user: { name: 'Ann', password: REDACTED } });
  });

  it('secrets are left out of Sets, and of what is a key of a Map', () => {
    expect(redact(new Set([{ password: 'hunter2' }]))).toEqual(new Set([{ password: REDACTED }]));
    const key = Object.assign(Object.create(null) as object, { token: 'abc' });
    expect(redact(new Map([[key, { secret: 'c' }]]))).toEqual(
      new Map([[{ token: REDACTED }, { secret: REDACTED }]]),
    );
  });

  it('secrets are left out of errors, of their causes and of their parts', () => {
    const request = { headers: { Authorization: 'Bearer abc' } };
    const cause = Object.assign(new Error('Unauthorized'), { request });
    const shown = {
      name: 'Error',
      message: 'Unauthorized',
      request: { headers: { Authorization: REDACTED } },
    };
    expect(redact(cause)).toEqual(shown);
    expect(redact(new Error('Failed', { cause }))).toEqual({
      name: 'Error',
      message: 'Failed',
      cause: shown,
    });
    expect(redact(new AggregateError([cause], 'All'))).toEqual({
      name: 'AggregateError',
      message: 'All',
      errors: [shown],
    });
  });

  it('secrets are left out of headers, queries and URLs', () => {
    expect(redact(new Headers({ Authorization: 'Bearer abc', accept: '*/*' }))).toEqual(
      new Map([
        ['accept', '*/*'],
        ['authorization', REDACTED],
      ]),
    );
    expect(redact(new URLSearchParams({ token: 'abc', page: '1' }))).toEqual(
      new Map([
        ['token', REDACTED],
        ['page', '1'],
      ]),
    );
    expect(redact({ url: new URL('https://ann:hunter2@example.com/?api_key=abc&page=1') })).toEqual({
      url: 'https://ann:REDACTED@example.com/?api_key=REDACTED&page=1',
    });
  });

  it('secrets are left out of an object that calls itself something else', () => {
    class Session {
      readonly token = 'abc';
      get [Symbol.toStringTag](): string {
        return 'Session';
      }
    }
    expect(redact(new Session())).toEqual({ token: REDACTED });
  });

  it('a payload that contains itself says so there, and takes no longer than its size', () => {
    const user: { name: string; orders: object[] } = { name: 'Ann', orders: [] };
    user.orders.push(...Array.from({ length: 20 }, (_, id) => ({ id, user })));
    expect(redact(user)).toEqual({
      name: 'Ann',
      orders: Array.from({ length: 20 }, (_, id) => ({ id, user: '[Circular]' })),
    });
  });

  it('what stands in a payload twice is shown twice', () => {
    const shared = { id: 1 };
    expect(redact({ first: shared, second: [shared] })).toEqual({ first: { id: 1 }, second: [{ id: 1 }] });
  });

  it('a payload that is nested too deeply ends in an ellipsis', () => {
    let payload: unknown = 'bottom';
    for (let depth = 0; depth < 50; depth++) payload = { below: payload };
    const text = JSON.stringify(redact(payload));
    expect(text).toContain('[...]');
    expect(text).not.toContain('bottom');
  });
});

describe('with paths', () => {
  const payload = {
    user: { email: 'a@b.c', name: 'Ann', password: 'hunter2' },
    items: [
      { price: 1, id: 'x' },
      { price: 2, id: 'y' },
    ],
    email: 'shown',
  };

  it('what they lead to is left out as well', () => {
    expect(createRedactor(['user.email'])(payload)).toEqual({
      ...payload,
      user: { email: REDACTED, name: 'Ann', password: REDACTED },
    });
  });

  it('* stands for each entry of a list or an object', () => {
    expect(createRedactor(['items.*.price'])(payload)).toMatchObject({
      items: [
        { price: REDACTED, id: 'x' },
        { price: REDACTED, id: 'y' },
      ],
    });
    expect(createRedactor(['*'])(payload)).toEqual({ user: REDACTED, items: REDACTED, email: REDACTED });
    expect(createRedactor(['user.*'])(payload)).toMatchObject({
      user: { email: REDACTED, name: REDACTED, password: REDACTED },
      email: 'shown',
    });
  });

  it('a number stands for one entry of a list', () => {
    expect(createRedactor(['items.1'])(payload)).toMatchObject({ items: [{ price: 1, id: 'x' }, REDACTED] });
  });

  it('they lead into Maps', () => {
    const map = new Map([['user', { email: 'a@b.c', name: 'Ann' }]]);
    expect(createRedactor(['user.email'])(map)).toEqual(
      new Map([['user', { email: REDACTED, name: 'Ann' }]]),
    );
  });

  it('a path counts from the top, and one that leads nowhere changes nothing', () => {
    expect(createRedactor(['email'])(payload)).toMatchObject({ user: { email: 'a@b.c' }, email: REDACTED });
    expect(createRedactor(['user.email.domain', 'nothing.at.all'])(payload)).toMatchObject({
      user: { email: 'a@b.c' },
      email: 'shown',
    });
  });
});

it('shows what a function returns', () => {
  expect(
    createRedactor((value) => ({ only: (value as { id: number }).id }))({ id: 7, password: 'x' }),
  ).toEqual({
    only: 7,
  });
});

it('shows everything if it is turned off', () => {
  const payload = { password: 'hunter2' };
  expect(createRedactor(false)(payload)).toBe(payload);
});

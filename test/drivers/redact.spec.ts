import { createRedactor } from '../../lib/drivers/redact.js';

const redact = createRedactor([]);
const REDACTED = '[REDACTED]';

describe('without paths', () => {
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

import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';
import {
  BaseEvent,
  Event,
  InvalidEventConfigError,
  InvalidPayloadError,
  SchemaMismatchError,
  type StandardSchemaV1,
} from 'nestjs-event-drivers';
import { getEventMetadata } from '../../lib/event/event-metadata.js';
import { validatePayload } from '../../lib/event/validate-payload.js';

const withSchema = (schema?: StandardSchemaV1) => ({ name: 'user.created', schema });

const custom = (validate: StandardSchemaV1['~standard']['validate']) =>
  withSchema({ '~standard': { version: 1, vendor: 'test', validate } });

const SECRET = 'hunter2-secret';

const libraries: [string, StandardSchemaV1][] = [
  ['zod', z.object({ user: z.object({ age: z.number(), tags: z.array(z.string()) }), seen: z.coerce.date().default(new Date(0)) })], // prettier-ignore
  ['valibot', v.object({ user: v.object({ age: v.number(), tags: v.array(v.string()) }), seen: v.optional(v.date(), new Date(0)) })], // prettier-ignore
  ['arktype', type({ user: { age: 'number', tags: 'string[]' }, seen: type('Date').default(() => new Date(0)) })], // prettier-ignore
];

describe.each(libraries)('a payload with a schema of %s', (_, schema) => {
  const fit = { user: { age: 31, tags: ['a'] } };
  const unfit = { user: { age: SECRET, tags: ['a', 7] } };

  it('is left as it is at dispatch, and is what the schema makes of it on arrival, both at once', () => {
    expect(validatePayload(withSchema(schema), fit, 'dispatch')).toBe(fit);
    expect(validatePayload(withSchema(schema), fit, 'arrival')).toEqual({ ...fit, seen: new Date(0) });
  });

  it.each([
    ['dispatch', InvalidPayloadError, 'EVENTS_INVALID_PAYLOAD'],
    ['arrival', SchemaMismatchError, 'EVENTS_SCHEMA_MISMATCH'],
  ] as const)('is refused on %s with every issue and no value', (stage, errorClass, code) => {
    let thrown: unknown;
    try {
      validatePayload(withSchema(schema), unfit, stage);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(errorClass);
    expect(thrown).toMatchObject({
      code,
      eventName: 'user.created',
      issues: [
        { path: 'payload.user.age', reason: expect.stringMatching(/number/) },
        { path: 'payload.user.tags[1]', reason: expect.stringMatching(/string/) },
      ],
    });
    const { message } = thrown as Error;
    expect(message).toMatch(/\n {2}- payload\.user\.age: .+\n {2}- payload\.user\.tags\[1\]: .+$/);
    expect(message).not.toContain(SECRET);
    expect(message).not.toMatch(/7/);
  });
});

describe('a payload', () => {
  it('without a schema is taken as it is', () => {
    const payload = {};
    expect(validatePayload(withSchema(), payload, 'dispatch')).toBe(payload);
    expect(validatePayload(withSchema(), payload, 'arrival')).toBe(payload);
  });

  it('with a schema that takes its time is waited for', async () => {
    const schema = z.string().refine(async (text) => text !== 'taken').transform((text) => text.length); // prettier-ignore
    const dispatched = validatePayload(withSchema(schema), 'free', 'dispatch');
    expect(dispatched).toBeInstanceOf(Promise);
    await expect(dispatched).resolves.toBe('free');
    await expect(validatePayload(withSchema(schema), 'free', 'arrival')).resolves.toBe(4);
    await expect(validatePayload(withSchema(schema), 'taken', 'arrival')).rejects.toThrow(
      SchemaMismatchError,
    );
  });

  it('is refused where its schema throws, with what that threw', async () => {
    const cause = new TypeError('no rule for ann@example.com');
    const failing = custom(() => {
      throw cause;
    });
    const expected = {
      issues: [{ path: 'payload', reason: 'its schema threw: no rule for [redacted]' }],
      cause,
    };
    const validate = async (metadata: typeof failing) =>
      validatePayload(metadata, { email: 'ann@example.com' }, 'dispatch');
    await expect(validate(failing)).rejects.toMatchObject(expected);
    await expect(validate(custom(() => Promise.reject(cause)))).rejects.toMatchObject(expected);
  });

  it('is not quoted by an error, wherever in it the values are that a message quotes', () => {
    const payload = {
      email: 'ann@example.com',
      pin: 12345,
      all: new Map([['key', new Set(['inner-value'])]]),
    };
    const message = 'ann@example.com with 12345 has inner-value, not "ann@example.com"';
    const reason = '[redacted] with [redacted] has [redacted], not "[redacted]"';
    const check = () =>
      validatePayload(
        custom(() => ({ issues: [{ message }] })),
        payload,
        'dispatch',
      );
    expect(check).toThrow(`payload: ${reason}`);
  });

  it('that cannot be looked through is not quoted at all, nor one that is too much to look through', () => {
    const hostile = { get a() { throw new Error(); } }; // prettier-ignore
    const large = Array.from({ length: 2000 }, (_, index) => index);
    for (const payload of [hostile, large]) {
      const check = () =>
        validatePayload(
          custom(() => ({ issues: [{ message: 'quote' }] })),
          payload,
          'dispatch',
        );
      expect(check).toThrow('cannot be dispatched: payload: it does not fit');
    }
  });

  it('with many issues has them all in the error, and twenty of them in the message', () => {
    const issues = Array.from({ length: 30 }, (_, index) => ({ message: 'wrong', path: [{ key: index }] }));
    try {
      validatePayload(
        custom(() => ({ issues })),
        [],
        'dispatch',
      );
    } catch (error) {
      expect((error as InvalidPayloadError).issues).toHaveLength(30);
      expect((error as Error).message).toContain('payload[19]: wrong\n  - and 10 more');
      return;
    }
    throw new Error('it was not refused');
  });
});

const upcast = (payload: unknown) => payload;

describe('@Event()', () => {
  const schema = z.object({});

  @Event({ schema, upcast, version: 2 })
  class Parent extends BaseEvent {}
  class Child extends Parent {}
  class Plain extends BaseEvent {}

  it('takes a schema and an upcast, which subclasses inherit', () => {
    expect(getEventMetadata(Child)).toMatchObject({ name: 'Child', schema, upcast, version: 2 });
    expect(getEventMetadata(Plain)).toMatchObject({ schema: undefined, upcast: undefined, version: 1 });
  });

  it('takes a schema that is a function', () => {
    const callable = Object.assign(() => true, { '~standard': schema['~standard'] });
    expect(() => Event({ schema: callable })(class Fine extends BaseEvent {})).not.toThrow();
  });

  it.each([
    [{ schema: {} }, 'schema must be a Standard Schema, such as one of Zod, Valibot or ArkType, not {}'],
    [{ schema: null }, 'schema must be a Standard Schema, such as one of Zod, Valibot or ArkType, not null'],
    [{ schema: () => true }, 'schema must be a Standard Schema'],
    [{ schema: { '~standard': {} } }, 'schema must be a Standard Schema'],
    [{ upcast: {} }, 'upcast must be a function, not {}'],
  ])('refuses %p', (options, message) => {
    class Wrong extends BaseEvent {}
    expect(() => Event(options as never)(Wrong)).toThrow(InvalidEventConfigError);
    expect(() => Event(options as never)(Wrong)).toThrow(message);
  });
});

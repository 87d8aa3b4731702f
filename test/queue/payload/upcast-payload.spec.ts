import { UnsupportedVersionError } from 'nestjs-event-drivers';
import { upcastPayload } from '../../../lib/queue/payload/upcast-payload.js';

const read = async (how: () => unknown) => upcastPayload({ name: 'x', version: 2, upcast: how }, {}, 1);

const upcast = (payload: unknown, from: number) => ({ ...(payload as object), from });

describe('a payload of a stored version', () => {
  it('is taken as it is where that is the version of the class', () => {
    const payload = {};
    expect(upcastPayload({ name: 'x', version: 2, upcast }, payload, 2)).toBe(payload);
  });

  it('is upcast where it is older, at once or in time', async () => {
    expect(upcastPayload({ name: 'x', version: 3, upcast }, { a: 1 }, 1)).toEqual({ a: 1, from: 1 });
    const slowly = async (payload: unknown, from: number) => upcast(payload, from);
    await expect(upcastPayload({ name: 'x', version: 3, upcast: slowly }, {}, 2)).resolves.toEqual({
      from: 2,
    });
  });

  it.each([
    [
      'older, and the class has no upcast',
      1,
      'add @Event({ upcast: (payload, fromVersion) => ... }) that turns version 1 into version 2',
    ],
    ['newer', 3, 'it comes from a later release than this process runs'],
    ['no version', 0, 'that is no version'],
    ['no number', '2' as never, 'that is no version, which is a whole number from 1', "'2' (a string)"],
  ])('is refused where it is %s', (_, stored, reason, shown = String(stored)) => {
    // prettier-ignore
    const readStored = () => upcastPayload({ name: 'order.placed', version: 2, upcast: undefined }, {}, stored);
    expect(readStored).toThrow(UnsupportedVersionError);
    expect(readStored).toThrow(
      `Event 'order.placed' is stored in version ${shown}, its class has version 2: ${reason}`,
    );
  });

  it('is refused with what its upcast threw', async () => {
    const thrown = new TypeError(`the street\n\u001b[31mis missing ${'.'.repeat(1000)}`);
    const failing = () => {
      throw thrown;
    };
    const expected = {
      code: 'EVENTS_UNSUPPORTED_VERSION',
      storedVersion: 1,
      classVersion: 2,
      cause: thrown,
      reason: expect.stringMatching(/^its upcast threw: the street \[31mis missing \.{200,280}…$/),
    };
    await expect(read(failing)).rejects.toMatchObject(expected);
    await expect(read(async () => failing())).rejects.toMatchObject(expected);
  });
});

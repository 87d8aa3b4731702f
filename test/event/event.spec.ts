import {
  BaseEvent,
  Event,
  EventsError,
  InvalidEventConfigError,
  UnrecoverableError,
} from 'nestjs-event-drivers';

@Event({ name: 'user.created', driver: 'retry', queue: 'users', version: 2 })
class UserCreated extends BaseEvent<{ userId: string }> {}

class AdminCreated extends UserCreated {}

class Plain extends BaseEvent {}

describe('BaseEvent', () => {
  it('has what @Event() says', async () => {
    const event = new UserCreated({ userId: '1' });
    expect(event.getName()).toBe('user.created');
    expect(event.getPayload()).toEqual({ userId: '1' });
    expect(event.getDriverName()).toBe('retry');
    expect(event.getQueueName()).toBe('users');
    await expect(event.execute()).resolves.toBeUndefined();
  });

  it('has defaults without it', () => {
    const event = new Plain();
    expect(event.getName()).toBe('Plain');
    expect(event.getPayload()).toBeUndefined();
    expect(event.getDriverName()).toBeUndefined();
    expect(event.getQueueName()).toBe('default');
  });

  it('inherits all of it but the name', () => {
    const event = new AdminCreated({ userId: '1' });
    expect(event.getName()).toBe('AdminCreated');
    expect(event.getDriverName()).toBe('retry');
    expect(event.getQueueName()).toBe('users');
  });

  it('has a time, which is that of its id', async () => {
    const before = Date.now();
    const [event, other] = [new Plain(), new Plain()];
    const timestamp = event.getTimestamp();
    expect(timestamp).toBeGreaterThanOrEqual(before);
    expect(timestamp).toBeLessThanOrEqual(Date.now());
    const id = other.getId();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(event.getTimestamp()).toBe(timestamp);
    expect(other.getTimestamp()).toBe(Number.parseInt(id.replace('-', '').slice(0, 12), 16));
  });

  it('yields to methods that are overridden', () => {
    @Event({ name: 'ignored', driver: 'ignored' })
    class Overriding extends BaseEvent {
      override getName(): string {
        return 'mine';
      }

      override getDriverName(): string {
        return 'sync';
      }
    }
    expect([new Overriding().getName(), new Overriding().getDriverName()]).toEqual(['mine', 'sync']);
  });

  it('has an id of its own, a UUIDv7 that stays and sorts by time', () => {
    const before = Date.now();
    const events = Array.from({ length: 100 }, () => new Plain());
    const ids = events.map((event) => event.getId());
    expect(new Set(ids).size).toBe(100);
    expect(events.map((event) => event.getId())).toEqual(ids);
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      const time = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
      expect(time).toBeGreaterThanOrEqual(before);
      expect(time).toBeLessThanOrEqual(Date.now());
    }
  });

  it.each([
    [{ name: '' }, "@Event() of Wrong: name must be a letter, '_' or '$', then up to 127 letters"],
    [{ driver: 7 }, '@Event() of Wrong: driver must be a non-empty string, not 7'],
    [{ version: 0 }, '@Event() of Wrong: version must be a whole number from 1, not 0'],
    [{ nmae: 'x' }, "@Event() of Wrong: 'nmae' is no option; there are name, driver, version"],
  ])('refuses @Event(%p)', (options, message) => {
    class Wrong extends BaseEvent {}
    expect(() => Event(options as never)(Wrong)).toThrow(InvalidEventConfigError);
    expect(() => Event(options as never)(Wrong)).toThrow(message);
  });
});

describe('errors', () => {
  it('are recognised by a mark rather than by their class, which another copy of the package would not share', () => {
    const error = new InvalidEventConfigError(['one']);
    expect(EventsError.isInstance(error)).toBe(true);
    expect(EventsError.isInstance(new Error('one'))).toBe(false);
    expect(EventsError.isInstance(undefined)).toBe(false);
    expect(error).toMatchObject({
      name: 'InvalidEventConfigError',
      message: 'Invalid events configuration: one',
    });
  });

  it('keep the names of subclasses', () => {
    class CardDeclined extends UnrecoverableError {}
    const error = new CardDeclined('declined');
    expect(error.name).toBe('CardDeclined');
    expect(UnrecoverableError.isInstance(error)).toBe(true);
    expect(UnrecoverableError.isInstance(new InvalidEventConfigError([]))).toBe(false);
  });
});

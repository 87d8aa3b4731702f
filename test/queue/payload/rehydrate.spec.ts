import { BaseEvent, Event, type IBaseEvent, RehydrationError } from 'nestjs-event-drivers';
import { rehydrateEvent } from '../../../lib/queue/payload/rehydrate.js';

const ID = '019aa0c1-2345-7abc-8def-0123456789ab';

interface Order {
  id: string;
  total: number;
}

describe('an event that is made again from its payload', () => {
  const payload: Order = { id: 'o-1', total: 5 };

  it('is an instance of its class, with its payload and the id it was stored with', () => {
    class OrderPlaced extends BaseEvent<Order> {
      readonly double = this.payload.total * 2;
    }
    const event = rehydrateEvent(OrderPlaced, payload, ID) as OrderPlaced;
    expect(event).toBeInstanceOf(OrderPlaced);
    expect(event.getPayload()).toBe(payload);
    expect(event.getId()).toBe(ID);
    expect(event.double).toBe(10);
  });

  it('may have no payload', () => {
    class Ping extends BaseEvent {}
    const event = rehydrateEvent(Ping, undefined, ID);
    expect(event).toBeInstanceOf(Ping);
    expect(event.getPayload()).toBeUndefined();
  });

  it('is made by fromPayload() where the class has it', () => {
    class OrderPlaced extends BaseEvent<Order> {
      constructor(id: string, total: number) {
        super({ id, total });
      }

      static fromPayload({ id, total }: Order): OrderPlaced {
        return new this(id, total);
      }
    }
    class RushOrderPlaced extends OrderPlaced {}
    for (const eventClass of [OrderPlaced, RushOrderPlaced]) {
      const event = rehydrateEvent(eventClass, payload, ID);
      expect(event).toBeInstanceOf(eventClass);
      expect(event.getPayload()).toEqual(payload);
      expect(event.getId?.()).toBe(ID);
    }
  });

  it('has its methods but not the fields of its constructor where that takes something else, and is tried once', () => {
    let calls = 0;
    class OrderPlaced extends BaseEvent<Order> {
      readonly note: string;
      constructor(id: string, total: number) {
        super({ id, total });
        calls++;
        this.note = 'made';
      }

      double(): number {
        return this.payload.total * 2;
      }
    }
    for (let round = 0; round < 3; round++) {
      const event = rehydrateEvent(OrderPlaced, payload, ID) as OrderPlaced;
      expect(event).toBeInstanceOf(OrderPlaced);
      expect(event.getPayload()).toBe(payload);
      expect([event.double(), event.note, event.getId()]).toEqual([10, undefined, ID]);
    }
    expect(calls).toBe(1);
  });

  it('does without a constructor that throws, which is tried once', () => {
    let calls = 0;
    class UserCreated extends BaseEvent<{ id: string }> {
      constructor(user: { profile: { id: string } }) {
        calls++;
        super({ id: user.profile.id });
      }
    }
    for (let round = 0; round < 3; round++) {
      expect(rehydrateEvent(UserCreated, { id: '1' }, ID).getPayload()).toEqual({ id: '1' });
    }
    expect(calls).toBe(1);
  });

  it('is none of a constructor that threw for this payload though it takes others', () => {
    @Event({ name: 'order.placed' })
    class OrderPlaced extends BaseEvent<{ items: number[] }> {
      readonly count = this.payload.items.length;
    }
    rehydrateEvent(OrderPlaced, { items: [] }, ID);
    expect(() => rehydrateEvent(OrderPlaced, {}, ID)).toThrow(
      "Event 'order.placed' cannot be made from what is stored: the constructor of OrderPlaced threw: Cannot read properties of undefined (reading 'length')",
    );
    expect((rehydrateEvent(OrderPlaced, { items: [1] }, ID) as OrderPlaced).count).toBe(1);
  });

  class Bare implements IBaseEvent {
    constructor(private readonly payload: unknown) {}
    getName = () => 'bare';
    getPayload = () => this.payload;
    execute = () => Promise.resolve();
    getId = () => 'made up';
  }

  it('need not extend BaseEvent', () => {
    const event = rehydrateEvent(Bare, payload, ID);
    expect(event).toBeInstanceOf(Bare);
    expect([event.getPayload(), event.getId?.()]).toEqual([payload, ID]);
  });

  it('needs fromPayload() if it neither extends BaseEvent nor has a constructor that takes the payload', () => {
    class Other extends Bare {
      constructor(id: string) {
        super({ id });
      }
    }
    expect(() => rehydrateEvent(Other, payload, ID)).toThrow(RehydrationError);
    expect(() => rehydrateEvent(Other, payload, ID)).toThrow(
      'the constructor of Other takes something else than the payload. Add static fromPayload(payload) to Other',
    );
  });

  it.each([
    ['returns another thing', () => ({}), 'OrderPlaced.fromPayload() must return a OrderPlaced.'],
    ['throws', () => { throw new TypeError('x'); }, 'OrderPlaced.fromPayload() threw: x'], // prettier-ignore
  ])('is none of a fromPayload() that %s', (_, fromPayload, reason) => {
    class OrderPlaced extends BaseEvent {
      static fromPayload = fromPayload;
    }
    try {
      rehydrateEvent(OrderPlaced, payload, ID);
      throw new Error('it was made');
    } catch (error) {
      expect(error).toMatchObject({ code: 'EVENTS_REHYDRATION', eventName: 'OrderPlaced', reason });
    }
  });
});

import { BaseEvent, EventListener, EventService, type IBaseEvent, OnEvent } from 'nestjs-event-drivers';

class UserCreated extends BaseEvent<{ userId: string }> {}
class OrderPlaced extends BaseEvent<{ total: number }> {}
class Tick extends BaseEvent {}

const userId: string = new UserCreated({ userId: '1' }).getPayload().userId;
new Tick();
new Tick({ any: 'payload' });
// @ts-expect-error a payload is required
new UserCreated();
// @ts-expect-error the payload has another type
new UserCreated({ userId: 1 });

/** A class between an event and BaseEvent passes its payload on. */
class Audited<T> extends BaseEvent<T> {
  constructor(
    payload: T,
    readonly at: Date,
  ) {
    super(payload);
  }
}
new Audited({ any: 1 }, new Date()).getPayload().any satisfies number;

export class Listeners {
  @OnEvent(UserCreated)
  typed(event: UserCreated): string {
    return event.getPayload().userId + userId;
  }

  @OnEvent(UserCreated, {
    driver: 'any name',
    order: 1,
    id: 'x',
    when: (event) => event.getPayload().userId !== '',
  })
  async withSignal(_event: UserCreated, _signal?: AbortSignal): Promise<void> {}

  @OnEvent(UserCreated)
  ofBase(_event: BaseEvent<{ userId: string }>): void {}

  @OnEvent(UserCreated)
  ofAnything(_event: IBaseEvent): void {}

  @OnEvent(UserCreated)
  ofNothing(): void {}

  @OnEvent([UserCreated, OrderPlaced])
  ofSeveral(_event: UserCreated | OrderPlaced): void {}

  @OnEvent('user.*')
  ofName(_event: UserCreated): void {}

  // @ts-expect-error the listener takes another event
  @OnEvent(UserCreated)
  wrong(_event: OrderPlaced): void {}

  // @ts-expect-error the listener takes only one of the events
  @OnEvent([UserCreated, OrderPlaced])
  tooNarrow(_event: UserCreated): void {}

  // @ts-expect-error the listener takes the payload
  @OnEvent(UserCreated)
  payload(_payload: { userId: string }): void {}

  // @ts-expect-error the predicate asks for what is not there
  @OnEvent(UserCreated, { when: (event) => event.getPayload().total > 1 })
  predicate(_event: UserCreated): void {}

  // @ts-expect-error no such option
  @OnEvent(UserCreated, { prority: 1 })
  option(_event: UserCreated): void {}

  // @ts-expect-error no event
  @OnEvent(Date)
  noEvent(_event: Date): void {}
}

@EventListener(UserCreated)
export class Handles {
  async handle(event: UserCreated): Promise<void> {
    event.getPayload().userId satisfies string;
  }
}

// @ts-expect-error handle() takes another event
@EventListener(UserCreated)
export class HandlesAnother {
  handle(_event: OrderPlaced): void {}
}

// @ts-expect-error there is no handle()
@EventListener(UserCreated)
export class HandlesNothing {}

export async function dispatch(service: EventService): Promise<void> {
  await service.dispatch(new Tick());
  await service.dispatch(new Tick(), 'any name');
  await service.dispatch(new Tick(), { driver: 'any name' });
  await service.dispatchMany([new Tick(), new UserCreated({ userId: '1' })]);
  // @ts-expect-error no event
  await service.dispatch({ userId: '1' });
  // @ts-expect-error the class, not an instance
  await service.dispatch(UserCreated);
  // @ts-expect-error no such option
  await service.dispatch(new Tick(), { drivers: 'any name' });
}

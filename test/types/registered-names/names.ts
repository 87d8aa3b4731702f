import {
  BaseEvent,
  EventConfig,
  Event,
  EventService,
  getDriverToken,
  InjectDriver,
  OnEvent,
  RetryDriver,
  SyncDriver,
} from 'nestjs-event-drivers';

declare module 'nestjs-event-drivers' {
  interface RegisteredDrivers {
    sync: true;
    retry: true;
  }
}

@Event({ driver: 'retry' })
export class Good extends BaseEvent {}

// @ts-expect-error no driver of that name is registered
@Event({ driver: 'rerty' })
export class Misspelt extends BaseEvent {}

export class Listeners {
  constructor(
    @InjectDriver('sync') readonly sync: SyncDriver,
    // @ts-expect-error no driver of that name is registered
    @InjectDriver('snyc') readonly snyc: SyncDriver,
  ) {}

  @OnEvent(Good, { driver: 'sync' })
  good(): void {}

  // @ts-expect-error no driver of that name is registered
  @OnEvent(Good, { driver: 'snyc' })
  misspelt(): void {}
}

export async function dispatch(service: EventService): Promise<void> {
  await service.dispatch(new Good());
  await service.dispatch(new Good(), 'retry');
  await service.dispatch(new Good(), { driver: 'sync' });
  // @ts-expect-error no driver of that name is registered
  await service.dispatch(new Good(), 'rerty');
  // @ts-expect-error no driver of that name is registered
  await service.dispatch(new Good(), { driver: 'rerty' });
  // @ts-expect-error no driver of that name is registered
  service.getDriver('rerty');
  // @ts-expect-error no driver of that name is registered
  getDriverToken('rerty');
}

EventConfig.createConfigDriver(RetryDriver, { driver: 'sync' });
// @ts-expect-error no driver of that name is registered
EventConfig.createConfigDriver(RetryDriver, { driver: 'snyc' });
// @ts-expect-error no driver of that name is registered
EventConfig.create({ defaultDriver: 'snyc', drivers: {} });

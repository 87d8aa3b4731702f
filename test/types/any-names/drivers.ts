import {
  AsyncDriver,
  BaseDriver,
  EventConfig,
  EventsModule,
  FallbackDriver,
  type IBaseEvent,
  RetryDriver,
  SyncDriver,
  TimeoutDriver,
} from 'nestjs-event-drivers';

interface CustomOptions {
  timeout: number;
}

/** Options told to the class, and options told to getOptions(). */
class Typed extends BaseDriver<CustomOptions> {
  async dispatch(event: IBaseEvent): Promise<void> {
    this.getOptions()?.timeout satisfies number | undefined;
    await event.execute();
  }
}
class Untyped extends BaseDriver {
  async dispatch(event: IBaseEvent): Promise<void> {
    this.getOptions<CustomOptions>()?.timeout satisfies number | undefined;
    await event.execute();
  }
}
// @ts-expect-error dispatch() is missing
class Incomplete extends BaseDriver {}
void Incomplete;

EventConfig.createConfigDriver(SyncDriver);
EventConfig.createConfigDriver(RetryDriver);
EventConfig.createConfigDriver(RetryDriver, { maxRetries: 3, backoff: 'exponential', driver: 'any name' });
EventConfig.createConfigDriver(TimeoutDriver, { timeout: 1000 });
EventConfig.createConfigDriver(FallbackDriver, { drivers: ['a', 'b'] });
EventConfig.createConfigDriver(AsyncDriver, { onError: (error, event) => void [error, event.getName()] });
EventConfig.createConfigDriver(Typed, { timeout: 1 });
EventConfig.createConfigDriver(Untyped, { anything: 'goes' });
new Untyped().setOptions({ anything: 'goes' });

// @ts-expect-error a required option is missing
EventConfig.createConfigDriver(TimeoutDriver);
// @ts-expect-error a required option is missing
EventConfig.createConfigDriver(Typed);
// @ts-expect-error no such option
EventConfig.createConfigDriver(RetryDriver, { maxRetry: 3 });
// @ts-expect-error an option of another type
EventConfig.createConfigDriver(RetryDriver, { backoff: 'quadratic' });
// @ts-expect-error it takes no options
EventConfig.createConfigDriver(SyncDriver, { fast: true });
// @ts-expect-error no driver
EventConfig.createConfigDriver(Date);

const drivers = { sync: EventConfig.createConfigDriver(SyncDriver) };
EventsModule.forRoot({ defaultDriver: SyncDriver, drivers });
EventsModule.forRoot(EventConfig.create({ defaultDriver: 'sync', drivers }));
EventsModule.forRootAsync({ useFactory: () => ({ defaultDriver: 'sync', drivers }) });
EventsModule.forRootAsync({
  inject: ['RETRIES'],
  useFactory: async (maxRetries: number) => ({
    defaultDriver: 'sync',
    drivers: { ...drivers, retry: EventConfig.createConfigDriver(RetryDriver, { maxRetries }) },
  }),
});
// @ts-expect-error the default driver is missing
EventsModule.forRoot({ drivers });
// @ts-expect-error neither a factory nor a class
EventsModule.forRootAsync({ isGlobal: true });
// @ts-expect-error both a factory and a class
EventsModule.forRootAsync({ useFactory: () => ({ defaultDriver: 'sync', drivers }), useClass: Date });

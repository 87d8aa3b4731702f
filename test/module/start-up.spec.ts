import {
  Controller,
  Global,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BaseEvent,
  EventService,
  EventsModule,
  OnEvent,
  SyncDriver,
  EventConfig,
} from 'nestjs-event-drivers';
import { closeApps, start, startApp, syncConfig } from '../support/app.js';

class Happened extends BaseEvent<string> {}

const heard: string[] = [];

@Injectable()
class Listener {
  @OnEvent(Happened)
  on(event: Happened): void {
    heard.push(event.getPayload());
  }
}

afterEach(async () => {
  heard.length = 0;
  await closeApps();
});

@Injectable()
class Early implements OnModuleInit, OnApplicationBootstrap {
  constructor(private readonly events: EventService) {
    void events.dispatch(new Happened('constructor'));
  }

  async onModuleInit(): Promise<void> {
    await this.events.dispatch(new Happened('onModuleInit'));
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.events.dispatch(new Happened('onApplicationBootstrap'));
  }
}

@Controller()
class EarlyController extends Early {}

const ALL = ['constructor', 'onModuleInit', 'onApplicationBootstrap'];

async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick++) await new Promise((resolve) => setImmediate(resolve));
}

describe('dispatching while the application starts', () => {
  it('loses nothing from a provider of the root module', async () => {
    await startApp(syncConfig(), [Early, Listener]);
    expect(heard).toEqual(ALL);
  });

  it('loses nothing from a controller', async () => {
    await startApp(syncConfig(), [Listener], { controllers: [EarlyController] });
    expect(heard).toEqual(ALL);
  });

  it('loses nothing from a global module that is initialised before this one', async () => {
    @Global()
    @Module({ providers: [Early] })
    class First {}
    await start({ imports: [First, EventsModule.forRoot(syncConfig())], providers: [Listener] });
    expect(heard).toEqual(ALL);
  });

  it('loses nothing with an asynchronous configuration', async () => {
    await start({
      imports: [
        EventsModule.forRootAsync({
          useFactory: async () => {
            await new Promise((resolve) => setImmediate(resolve));
            return syncConfig();
          },
        }),
      ],
      providers: [Early, Listener],
    });
    expect(heard).toEqual(ALL);
  });

  it('waits for listeners that are created later, with what they inject', async () => {
    @Injectable()
    class Late {
      constructor(@Inject('SLOW') private readonly prefix: string) {}

      @OnEvent(Happened)
      on(event: Happened): void {
        heard.push(`${this.prefix} ${event.getPayload()}`);
      }
    }
    const slow = { provide: 'SLOW', useFactory: () => ticks(20).then(() => 'late') };
    const factory = {
      provide: 'EARLY',
      inject: [EventService],
      useFactory: async (events: EventService) => {
        await ticks(10);
        void events.dispatch(new Happened('factory'));
      },
    };
    await startApp(syncConfig(), [Early, Late, slow, factory]);
    expect(heard).toEqual(['constructor', 'factory', ...ALL.slice(1)].map((phase) => `late ${phase}`));
  });

  it('works in a testing module that was compiled but not initialised', async () => {
    const app = await Test.createTestingModule({
      imports: [EventsModule.forRoot(syncConfig())],
      providers: [Listener],
    }).compile();
    await app.get(EventService).dispatch(new Happened('compiled'));
    expect(heard).toEqual(['compiled']);
  });
});

describe('two applications in one process', () => {
  it('share nothing', async () => {
    const [one, two] = await Promise.all([
      startApp(syncConfig(), [Listener]),
      startApp(
        syncConfig({ drivers: { other: EventConfig.createConfigDriver(SyncDriver) }, defaultDriver: 'sync' }),
      ),
    ]);
    await two.get(EventService).dispatch(new Happened('two'));
    expect(heard).toEqual([]);
    await one.get(EventService).dispatch(new Happened('one'));
    expect(heard).toEqual(['one']);
    expect(() => one.get(EventService).getDriver('other')).toThrow("There is no driver 'other'");
  });
});

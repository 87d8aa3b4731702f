import { Injectable } from '@nestjs/common';
import { Test, type TestingModule, type TestingModuleBuilder } from '@nestjs/testing';
import { BaseEvent, EventConfig, EventsModule, OnEvent, SyncDriver } from 'nestjs-event-drivers';

export class Happened extends BaseEvent<{ id: number }> {}

@Injectable()
class Listener {
  @OnEvent(Happened)
  on(): void {}
}

/** @param prepare what a test does to the application before it is compiled */
export async function startApplication(
  prepare: (builder: TestingModuleBuilder) => void = () => undefined,
): Promise<TestingModule> {
  const drivers = { sync: EventConfig.createConfigDriver(SyncDriver) };
  const builder = Test.createTestingModule({
    imports: [EventsModule.forRoot({ defaultDriver: 'sync', drivers })],
    providers: [Listener],
  });
  prepare(builder);
  const module = await builder.compile();
  await module.init();
  return module;
}

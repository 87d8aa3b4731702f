require('reflect-metadata');
const { Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const {
  BaseEvent,
  EventConfig,
  EventService,
  EventsModule,
  OnEvent,
  SyncDriver,
} = require('nestjs-event-drivers');

class Happened extends BaseEvent {}

class Listener {
  on(event) {
    console.log(`heard ${event.getPayload()}`);
  }
}
OnEvent(Happened)(Listener.prototype, 'on', Object.getOwnPropertyDescriptor(Listener.prototype, 'on'));

class AppModule {}
const drivers = { sync: EventConfig.createConfigDriver(SyncDriver) };
const imports = [EventsModule.forRoot({ defaultDriver: 'sync', drivers })];
Module({ imports, providers: [Listener] })(AppModule);

async function run() {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  await app.get(EventService).dispatch(new Happened('from CommonJS'));
  await app.close();
}

void run();

import { join } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import { EventConfig, EventsModule, SyncDriver } from 'nestjs-event-drivers';
import { FileDriver } from './file-driver/file.driver.js';
import { FailedController } from './postcards/failed.controller.js';
import { PostOfficeController } from './postcards/post-office.controller.js';
import { PostOffice } from './postcards/post-office.service.js';
import { PostcardsController } from './postcards/postcards.controller.js';
import { SendPostcard } from './postcards/send-postcard.listener.js';
import { SETTINGS, type Settings } from './settings.js';

@Module({})
export class AppModule {
  static register(settings: Settings): DynamicModule {
    const { folder, retryDelayMs } = settings;
    return {
      module: AppModule,
      imports: [
        EventsModule.forRoot({
          defaultDriver: 'file',
          drivers: {
            sync: EventConfig.createConfigDriver(SyncDriver),
            // A driver of your own is configured as any other.
            file: EventConfig.createConfigDriver(FileDriver, {
              folder: join(folder, 'deliveries'),
              retries: 2,
              retryDelay: retryDelayMs,
            }),
          },
        }),
      ],
      controllers: [PostcardsController, FailedController, PostOfficeController],
      providers: [{ provide: SETTINGS, useValue: settings }, PostOffice, SendPostcard],
    };
  }
}

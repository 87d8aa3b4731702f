import { ExpressAdapter } from '@bull-board/express';
import { BullBoardModule } from '@bull-board/nestjs';
import { type DynamicModule, Module } from '@nestjs/common';
import { BoardQueues } from './board-queues.js';
import { requirePassword } from './require-password.js';

@Module({})
export class BoardModule {
  static register(password: string | undefined): DynamicModule {
    return {
      module: BoardModule,
      imports: [
        BullBoardModule.forRoot({
          route: '/queues',
          adapter: ExpressAdapter,
          middleware: requirePassword(password),
          // Of workers it knows BullMQ's own, and would say that there are none.
          boardOptions: { uiConfig: { showWorkers: false } },
        }),
      ],
      providers: [BoardQueues],
    };
  }
}

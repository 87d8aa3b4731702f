import { Module } from '@nestjs/common';
import { ActivityListener } from './activity.listener.js';
import { FailedController } from './failed.controller.js';
import { MetricsController } from './metrics.controller.js';
import { QueuesController } from './queues.controller.js';

@Module({
  controllers: [MetricsController, FailedController, QueuesController],
  providers: [ActivityListener],
})
export class MonitoringModule {}

import { Module } from '@nestjs/common';
import { ActivityListener } from './activity.listener.js';
import { FailedController } from './failed.controller.js';
import { MetricsController } from './metrics.controller.js';

@Module({
  controllers: [MetricsController, FailedController],
  providers: [ActivityListener],
})
export class MonitoringModule {}

import { Controller, Get } from '@nestjs/common';
import { AsyncDriver, InjectDriver, MonitoredDriver, ResilientDriver } from 'nestjs-event-drivers';
import { ActivityListener } from './activity.listener.js';

@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly activity: ActivityListener,
    @InjectDriver('payments') private readonly payments: MonitoredDriver,
    @InjectDriver('monitored') private readonly monitored: MonitoredDriver,
    @InjectDriver('background') private readonly background: AsyncDriver,
    @InjectDriver('resilient') private readonly resilient: ResilientDriver,
  ) {}

  @Get()
  async getMetrics() {
    const failed = await this.resilient.getFailedStore().list();
    return {
      events: this.activity.getCounts(),
      payments: this.payments.getMetrics(),
      monitored: this.monitored.getMetrics(),
      background: {
        pending: this.background.getPending().length,
        failed: this.background.getFailureCount(),
      },
      resilient: { circuit: this.resilient.getCircuitState(), failed: failed.length },
    };
  }
}

import { Controller, Get, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { type FailedDelivery, InjectDriver, ResilientDriver, type RetryReport } from 'nestjs-event-drivers';

/** What the resilient driver has given up, until someone has removed the cause. */
@Controller('failed')
export class FailedController {
  constructor(@InjectDriver('resilient') private readonly resilient: ResilientDriver) {}

  @Get()
  async list(): Promise<Omit<FailedDelivery, 'error'>[]> {
    const failed = await this.resilient.getFailedStore().list();
    return failed.map(({ error: _error, ...delivery }) => delivery);
  }

  @Post('retry')
  @HttpCode(HttpStatus.OK)
  retry(): Promise<RetryReport> {
    return this.resilient.getFailedStore().retry();
  }
}

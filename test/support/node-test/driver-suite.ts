// The conformance suite of drivers as node:test runs it, on a driver that passes and on one that cannot be tried by
// Jest, which takes a rejection that nobody handles for a failure of the test itself.
import { after, describe, it } from 'node:test';
import {
  BaseDriver,
  checkOptions,
  type IBaseEvent,
  SyncDriver,
  UnrecoverableError,
} from 'nestjs-event-drivers';
import { describeDriver } from 'nestjs-event-drivers/testing';

class LeakyDriver extends BaseDriver {
  static override validateOptions(options: unknown): readonly string[] {
    return checkOptions(options, {});
  }

  async dispatch(event: IBaseEvent): Promise<void> {
    await event.execute().catch((error: unknown) => {
      if (UnrecoverableError.isInstance(error)) void Promise.reject(error);
      throw error;
    });
  }
}

describeDriver('SyncDriver', { driver: SyncDriver }, { describe, it, afterAll: after });

describeDriver('LeakyDriver', { driver: LeakyDriver }, { describe, it, afterAll: after });

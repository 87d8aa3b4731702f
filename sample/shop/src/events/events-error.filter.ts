import { type ArgumentsHost, Catch, HttpException, HttpStatus } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { EventDispatchException, EventsError, type EventsErrorCode } from 'nestjs-event-drivers';

/** What went wrong behind the shop rather than in it; anything else is an internal error. */
const STATUSES: Partial<Record<EventsErrorCode, HttpStatus>> = {
  EVENTS_CIRCUIT_OPEN: HttpStatus.SERVICE_UNAVAILABLE,
  EVENTS_DISPATCH_FAILED: HttpStatus.BAD_GATEWAY,
  EVENTS_RETRIES_EXHAUSTED: HttpStatus.BAD_GATEWAY,
  EVENTS_TIMEOUT: HttpStatus.GATEWAY_TIMEOUT,
};

/** Answers with the status that a failed dispatch amounts to. */
@Catch(EventsError, EventDispatchException)
export class EventsErrorFilter extends BaseExceptionFilter {
  override catch(error: EventsError | EventDispatchException, host: ArgumentsHost): void {
    const status = STATUSES[error.code];
    super.catch(status === undefined ? error : new HttpException(error.message, status), host);
  }
}

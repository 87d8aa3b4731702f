import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';
import { type DriverName, EventDriverException, EventService } from 'nestjs-event-drivers';

/** Turns a query parameter into the name of a driver, before anything is done with the request. */
@Injectable()
export class DriverNamePipe implements PipeTransform<string | string[] | undefined, DriverName | undefined> {
  constructor(private readonly events: EventService) {}

  transform(value: string | string[] | undefined): DriverName | undefined {
    if (value === undefined || value === '') return undefined;
    // A parameter that is given twice arrives as an array.
    const name = String(value) as DriverName;
    try {
      this.events.getDriver(name);
      return name;
    } catch (error) {
      if (error instanceof EventDriverException) throw new BadRequestException(error.message);
      throw error;
    }
  }
}

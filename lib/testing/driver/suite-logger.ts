import type { LoggerService } from '@nestjs/common';

/** Hears what drivers say that something went wrong with. */
class SuiteLogger implements LoggerService {
  readonly warnings: string[] = [];

  log(): void {}
  debug(): void {}
  verbose(): void {}

  warn(message: unknown): void {
    this.warnings.push(String(message));
  }

  error(message: unknown): void {
    this.warnings.push(String(message));
  }

  fatal(message: unknown): void {
    this.warnings.push(String(message));
  }
}

/** One for all applications: Nest gives what is logged to the logger of the one that was created last. */
export const suiteLogger = new SuiteLogger();

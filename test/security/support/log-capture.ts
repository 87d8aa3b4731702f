import { Logger, type LoggerService } from '@nestjs/common';

/** What one call of a logger has been told, the stack included, as a logger would print it. */
export interface LoggedCall {
  readonly level: string;
  readonly texts: readonly string[];
}

/** Takes what Nest's logger is told from now on, at every level and with every argument, instead of printing it. */
export function captureAllLogs(): LoggedCall[] {
  const calls: LoggedCall[] = [];
  const take =
    (level: string) =>
    (...args: unknown[]) =>
      void calls.push({ level, texts: args.filter((arg) => arg !== undefined).map(String) });
  Logger.overrideLogger({
    debug: take('debug'),
    error: take('error'),
    fatal: take('fatal'),
    log: take('log'),
    verbose: take('verbose'),
    warn: take('warn'),
  } satisfies LoggerService);
  return calls;
}

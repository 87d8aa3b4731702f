import { hearLogger } from '../../support/drivers.js';

/** What one call of a logger has been told, the stack included, as a logger would print it. */
export interface LoggedCall {
  readonly level: string;
  readonly texts: readonly string[];
}

/** Takes what Nest's logger is told from now on, at every level and with every argument, instead of printing it. */
export function captureAllLogs(): LoggedCall[] {
  const calls: LoggedCall[] = [];
  hearLogger((level, args) =>
    calls.push({ level, texts: args.filter((arg) => arg !== undefined).map(String) }),
  );
  return calls;
}

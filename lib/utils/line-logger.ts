import { Logger } from '@nestjs/common';
import { shorten, toOneLine } from '../errors/index.js';

/** As much as collectors of logs take for one line. */
const MAX_LINE_BYTES = 8192;

/** A line of a stack that says where it was called. */
const CALL = /^\s+at /;
const MAX_CALLS = 50;
const MAX_CALL = 500;

/**
 * Nest's logger, one line for each call: names and messages come from anywhere, and must neither look like lines of
 * their own, nor colour or overwrite any, nor be of any length.
 */
export class LineLogger {
  private readonly logger: Logger;

  constructor(context: string) {
    this.logger = new Logger(context);
  }

  /** @param isLong whether it has been asked for that it may be longer than a line is */
  debug(message: string, isLong = false): void {
    this.logger.debug(isLong ? toOneLine(message) : toLine(message));
  }

  warn(message: string): void {
    this.logger.warn(toLine(message));
  }

  /** @param stack where it was thrown; a line for each call */
  error(message: string, stack?: string): void {
    if (stack === undefined) this.logger.error(toLine(message));
    else this.logger.error(toLine(message), toCalls(stack));
  }
}

function toLine(message: string): string {
  const line = toOneLine(message.slice(0, MAX_LINE_BYTES));
  if (message.length <= MAX_LINE_BYTES && Buffer.byteLength(line) <= MAX_LINE_BYTES) return line;
  // What is cut in the middle of a character has ended up as one that stands for none.
  const cut = Buffer.from(line).subarray(0, MAX_LINE_BYTES - Buffer.byteLength('…'));
  return `${cut.toString().replace(/\ufffd+$/, '')}…`;
}

/** What a stack begins with, and its calls. Other lines are those of a message, which might be made to look like any. */
function toCalls(stack: string): string {
  const [first = '', ...rest] = stack.split('\n');
  const calls = rest.filter((line) => CALL.test(line)).slice(0, MAX_CALLS);
  return [first, ...calls].map((line) => shorten(toOneLine(line), MAX_CALL)).join('\n');
}

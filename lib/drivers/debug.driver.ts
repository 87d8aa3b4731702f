import { inspect } from 'node:util';
import { anyOf, callback, checkOptions, listOf, oneOf, text, wholeNumber } from '../utils/option-rules.js';
import { WrappingDriver, type WrappingDriverOptions } from '../driver/wrapping-driver.js';
import { describeThrown } from '../errors/index.js';
import { getLabel } from '../event/event-name.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { createRedactor, type Redaction, type Redactor } from './redact.js';
import { getStack } from '../errors/thrown.js';
import { LineLogger } from '../utils/line-logger.js';

/** Options of {@link DebugDriver}. */
export interface DebugDriverOptions extends WrappingDriverOptions {
  /**
   * What of a payload is not to be logged: paths (`'user.email'`, `'items.*.price'`) in addition to
   * the keys that are always left out (`password`, `token`, `authorization` and their like, at any
   * depth), a function that returns what may be logged instead, or `false` to log everything.
   *
   * @defaultValue `[]`
   */
  redact?: Redaction;

  /**
   * The longest that a logged payload may be, in characters.
   *
   * @defaultValue 4096
   */
  maxLength?: number;
}

const redactSecrets = createRedactor([]);

/**
 * Logs each delivery, before and after, through Nest's `Logger` at level `debug` (a failure at level
 * `error`): name, payload with its secrets left out, options, outcome and time.
 */
export class DebugDriver extends WrappingDriver<DebugDriverOptions> {
  private readonly logger = new LineLogger(DebugDriver.name);
  private redactor: Redactor = redactSecrets;

  static override validateOptions(options: unknown): readonly string[] {
    return checkOptions(options, {
      redact: anyOf('a list of paths, a function, or false', listOf(text), callback, oneOf(false)),
      maxLength: wholeNumber(1),
      driver: text,
    });
  }

  override setOptions(options: DebugDriverOptions): void {
    super.setOptions(options);
    this.redactor = createRedactor(options.redact ?? []);
  }

  dispatch(event: IBaseEvent): Promise<void> {
    return this.trace([event], () => this.deliver(event));
  }

  dispatchMany(events: readonly IBaseEvent[]): Promise<void> {
    return this.trace(events, () => this.deliverMany(events));
  }

  private async trace(events: readonly IBaseEvent[], deliver: () => Promise<void>): Promise<void> {
    for (const event of events) this.logBefore(event);
    const startedAt = performance.now();
    try {
      await deliver();
      for (const event of events) {
        this.logger.debug(`[DEBUG] Event executed successfully: ${getLabel(event)} (${elapsed(startedAt)})`);
      }
    } catch (error) {
      for (const event of events) {
        this.logger.error(
          `[DEBUG] Event execution failed: ${getLabel(event)} (${elapsed(startedAt)}): ${describeThrown(error)}`,
          getStack(error),
        );
      }
      throw error;
    }
  }

  private logBefore(event: IBaseEvent): void {
    this.logger.debug(`[DEBUG] Dispatching event: ${getLabel(event)}`);
    const payload = this.format(() => this.redactor(event.getPayload()));
    this.logger.debug(`[DEBUG] Event payload: ${payload}`, this.getOptions()?.maxLength !== undefined);
    this.logger.debug(`[DEBUG] Driver options: ${this.format(() => redactSecrets(this.getOptions()))}`);
  }

  /** One line, whatever is in it: `inspect` escapes line breaks, except those of a stack. */
  private format(getValue: () => unknown): string {
    try {
      const text = inspect(getValue(), { depth: 8, breakLength: Infinity, compact: true });
      const line = text.replaceAll(/\s*[\r\n]\s*/g, ' ');
      const { maxLength = 4096 } = this.getOptions() ?? {};
      return line.length <= maxLength ? line : `${line.slice(0, maxLength)}... (${line.length} characters)`;
    } catch (error) {
      return `(cannot be shown: ${describeThrown(error)})`;
    }
  }
}

function elapsed(startedAt: number): string {
  return `${(performance.now() - startedAt).toFixed(1)} ms`;
}

import { checkOptions, type Duration, optionRules, type OptionRule } from 'nestjs-event-drivers';

/** Options of `FileDriver`. */
export interface FileDriverOptions {
  /** Where deliveries are stored. It is created if it is not there. One process can have it at a time. */
  folder: string;

  /**
   * How often to try again after the first attempt.
   *
   * @defaultValue 3
   */
  retries?: number;

  /**
   * How long to wait after the first attempt; twice as long after each that follows.
   *
   * @defaultValue '1s'
   */
  retryDelay?: Duration;

  /**
   * How many deliveries run at a time.
   *
   * @defaultValue 10
   */
  concurrency?: number;

  /**
   * How many records that nobody needs any more the journal may have before it is written anew. So many deliveries that
   * are done are also remembered, to be told from new ones if they are dispatched again.
   *
   * @defaultValue 10000
   */
  compactAfter?: number;
}

const { text, wholeNumber, duration } = optionRules;

const RULES: Readonly<Record<keyof FileDriverOptions, OptionRule>> = {
  folder: text,
  retries: wholeNumber(0, 1000),
  retryDelay: duration(),
  concurrency: wholeNumber(1),
  compactAfter: wholeNumber(1),
};

/** Says what is wrong with options, a sentence each. */
export function validateFileDriverOptions(options: unknown): readonly string[] {
  return checkOptions(options, RULES, ['folder']);
}

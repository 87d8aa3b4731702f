import { UsageError } from './usage.error.js';

type Value = string | boolean | (string | boolean)[] | undefined;

/** The options that were given. */
export class OptionValues {
  constructor(private readonly values: Readonly<Record<string, Value>>) {}

  isSet(name: string): boolean {
    return this.values[name] === true;
  }

  /** @throws {@link UsageError} if it is there, and empty */
  getText(name: string): string | undefined {
    const value = this.values[name];
    if (typeof value !== 'string') return undefined;
    if (value.trim() === '') throw new UsageError(`--${name} is empty`);
    return value;
  }

  getList(name: string): readonly string[] | undefined {
    const value = this.values[name];
    return Array.isArray(value) ? value.map(String) : undefined;
  }

  /** @throws {@link UsageError} if it is no whole number from 1 */
  getCount(name: string): number | undefined {
    const text = this.getText(name);
    if (text === undefined) return undefined;
    const count = Number(text);
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new UsageError(`--${name} must be a whole number from 1, not '${text}'`);
    }
    return count;
  }

  /** @throws {@link UsageError} if it is no date as in ISO 8601 */
  getDate(name: string): Date | undefined {
    const text = this.getText(name);
    if (text === undefined) return undefined;
    const date = new Date(text);
    if (!/^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?$/.test(text) || Number.isNaN(date.getTime())) {
      throw new UsageError(
        `--${name} must be a time such as 2026-01-31 or 2026-01-31T12:00:00Z, not '${text}'`,
      );
    }
    return date;
  }
}

import { createHash } from 'node:crypto';
import { readProperty } from '../../errors/thrown.js';
import type { Statement } from './postgres.types.js';

/** Each name is a parsed statement in every connection, on both sides: texts beyond that go unprepared. */
const MAX_NAMES = 256;

/** The server that got the statement does not know it, or knows another by its name. */
const POOLER_CODES: readonly unknown[] = ['26000', '42P05'];

/** A table is not what it was when the statement was planned. */
const STALE_PLAN = { code: '0A000', message: 'cached plan must not change result type' };

/** Gives statements names, so that a connection has them parsed once, and notices where that cannot work. */
export class PreparedStatements {
  private readonly names = new Map<string, string>();
  private renewals = 0;

  constructor(
    private isEnabled: boolean,
    private readonly onWarning: (message: string) => void,
  ) {}

  /** Only what has values: a text without may hold several statements, which cannot be prepared. */
  toStatement(text: string, values: unknown[] | undefined): Statement {
    if (values === undefined || values.length === 0) return { text };
    const name = this.isEnabled ? this.getName(text) : undefined;
    return name === undefined ? { text, values } : { text, values, name };
  }

  /**
   * Draws the consequences from the error of a prepared statement.
   *
   * @returns the same statement unprepared, if it is due to the preparing: it has not been run then
   */
  recover({ text, values = [], name }: Statement, error: unknown): Statement | undefined {
    if (name === undefined) return undefined;
    const code = readProperty(error, 'code');
    if (POOLER_CODES.includes(code)) this.disable();
    else if (code === STALE_PLAN.code && readProperty(error, 'message') === STALE_PLAN.message) {
      this.renew(text);
    } else return undefined;
    return { text, values };
  }

  private getName(text: string): string | undefined {
    const known = this.names.get(text);
    if (known !== undefined || this.names.size >= MAX_NAMES) return known;
    const name = `events_${createHash('sha256').update(text).digest('base64url').slice(0, 16)}`;
    this.names.set(text, name);
    return name;
  }

  /** By a new name, every connection plans it anew. */
  private renew(text: string): void {
    const name = this.names.get(text);
    if (name !== undefined) this.names.set(text, `${name.split('.')[0]}.${++this.renewals}`);
  }

  private disable(): void {
    if (!this.isEnabled) return;
    this.isEnabled = false;
    this.onWarning(
      'The server forgets prepared statements, as a connection pooler in transaction mode does: they are ' +
        'no longer used. Set `prepare: false`, or connect without the pooler.',
    );
  }
}

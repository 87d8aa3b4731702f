import { Injectable } from '@nestjs/common';
import {
  BaseEvent,
  EventQueues,
  EventService,
  type IBaseEvent,
  InMemoryFailedStore,
  OnEvent,
  ResilientDriver,
  UnrecoverableError,
} from 'nestjs-event-drivers';
import { InMemoryWorkerCreator } from 'nestjs-event-drivers/testing';
import { LineLogger } from '../../lib/utils/line-logger.js';
import { closeApps, startApp } from '../support/app.js';
import { settle } from '../support/drivers.js';
import { until } from '../support/until.js';
import { toLeakyConfig } from './support/leaky-app.js';
import { captureAllLogs, type LoggedCall } from './support/log-capture.js';

const FORGED = '[Nest] 1  - 01/01/2026, 1:00:00 AM   ERROR [Bank] all is lost';

/** What must not tell a log, or a terminal, anything by itself. */
const HOSTILE: readonly (readonly [what: string, text: string])[] = [
  ['a line feed', `a\n${FORGED}`],
  ['a carriage return', `a\r${FORGED}`],
  ['both', `a\r\n${FORGED}\r\n    at forged (file.js:1:1)`],
  ['a line separator', `a\u2028${FORGED}\u2029b`],
  ['a next line', `a\u0085${FORGED}`],
  ['a colour', `\u001b[31m${FORGED}\u001b[0m`],
  ['what clears the screen', '\u001b[2J\u001b[H\u009b2J\u0007\b\b\b'],
  ['NUL', 'a\0b'],
  ['a megabyte', 'x'.repeat(1_000_000)],
  ['a megabyte of three bytes each', '事'.repeat(350_000)],
  ['a megabyte of lines', 'x\n'.repeat(500_000)],
];

class Named extends BaseEvent<string> {
  override getName(): string {
    return this.getPayload();
  }
}

class Heard extends BaseEvent<string> {}

@Injectable()
class Listener {
  @OnEvent('**')
  fail(event: IBaseEvent): void {
    throw new Error(String(event.getPayload()));
  }
}

afterEach(closeApps);

function checkLines(logs: readonly LoggedCall[]): void {
  for (const { texts } of logs) {
    const [message = '', stack = ''] = texts;
    expect(message).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(8192);
    const [, ...calls] = stack.split('\n');
    for (const line of stack.split('\n')) {
      expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(8192);
    }
    expect(calls.filter((line) => !/^ {4}at /.test(line))).toEqual([]);
    expect(calls.length).toBeLessThanOrEqual(50);
  }
}

describe('a line of a log is one, whatever is in', () => {
  it.each(HOSTILE)('names and messages: %s', async (_, text) => {
    const config = toLeakyConfig(new InMemoryWorkerCreator(), 'queue');
    const app = await startApp(config, [Listener]);
    const logs = captureAllLogs();
    const events = app.get(EventService);
    for (const driver of Object.keys(config.drivers)) {
      // What stores refuses such a name.
      await events.dispatch(new Named(text), driver).catch(() => undefined);
      await events.dispatch(new Heard(text), driver).catch(() => undefined);
    }
    await settle();
    await until('all is given up', async () => {
      const counts = await app.get(EventQueues).count();
      return counts.every(({ ready, delayed, active }) => ready + delayed + active === 0);
    });
    await closeApps();
    expect(logs.length).toBeGreaterThan(20);
    expect(new Set(logs.map(({ level }) => level))).toEqual(new Set(['debug', 'error', 'warn']));
    expect(logs.some(({ texts }) => texts.length > 1)).toBe(true);
    checkLines(logs);
  });

  it.each(HOSTILE)('what is dropped, and what is not finished: %s', async (_, text) => {
    const logs = captureAllLogs();
    const driver = new ResilientDriver();
    driver.setOptions({ failedStore: new InMemoryFailedStore(1) });
    const failing = Object.assign(new Named(text), {
      execute: () => Promise.reject(new UnrecoverableError(text)),
    });
    await driver.dispatch(failing);
    await driver.dispatch(failing);
    expect(logs).toHaveLength(3);
    checkLines(logs);
  });

  it('what is as long as a line may be', () => {
    const logs = captureAllLogs();
    new LineLogger('test').warn('x'.repeat(8192));
    new LineLogger('test').warn(`${'x'.repeat(8190)}事`);
    expect(logs[0]!.texts[0]).toBe('x'.repeat(8192));
    expect(logs[1]!.texts[0]).toBe(`${'x'.repeat(8189)}…`);
  });
});

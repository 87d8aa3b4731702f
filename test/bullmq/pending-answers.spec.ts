import { createHook } from 'node:async_hooks';
import { stat } from 'node:fs/promises';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { PendingAnswers } from '../../lib/bullmq/redis/pending-answers.js';
import { rejectionOf } from '../support/drivers.js';

/** Calls that wait for answers, and who was told that there was none. */
class Calls {
  readonly silent: string[] = [];
  private readonly pending = new PendingAnswers();

  wait<T>(name: string, answer: Promise<T>, milliseconds: number): Promise<T> {
    return this.pending.wait(
      answer,
      performance.now() + milliseconds,
      (error) => new Error(`${name} failed`, { cause: error }),
      () => {
        this.silent.push(name);
        return new Error(`${name} was not answered`);
      },
    );
  }
}

function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

const never = new Promise<never>(() => {});

describe('A call that waits for its answer', () => {
  it('ends as the answer says', async () => {
    const calls = new Calls();
    expect(await calls.wait('a', Promise.resolve('yes'), 1000)).toBe('yes');
    const cause = new Error('no');
    expect(await rejectionOf(calls.wait('b', Promise.reject(cause), 1000))).toMatchObject({
      message: 'b failed',
      cause,
    });
    expect(calls.silent).toEqual([]);
  });

  it('is given up when its own time is over, whatever the others have', async () => {
    const calls = new Calls();
    const { promise, resolve } = Promise.withResolvers<string>();
    const long = calls.wait('long', promise, 60_000);
    const started = performance.now();
    const ended: string[] = [];
    const end = (name: string, milliseconds: number): Promise<unknown> =>
      rejectionOf(calls.wait(name, never, milliseconds)).finally(() => ended.push(name));
    await Promise.all([end('b', 60), end('a', 30), end('c', 90)]);
    expect(performance.now() - started).toBeGreaterThanOrEqual(88);
    expect(ended).toEqual(['a', 'b', 'c']);
    resolve('yes');
    expect(await long).toBe('yes');
    expect(calls.silent).toEqual(['a', 'b', 'c']);
  });

  it('is given up once', async () => {
    const calls = new Calls();
    await rejectionOf(calls.wait('a', never, 10));
    await rejectionOf(calls.wait('b', never, 10));
    await delay(30);
    expect(calls.silent).toEqual(['a', 'b']);
  });

  it('takes an answer that came in time, though the process had none to read it', async () => {
    const calls = new Calls();
    // From here on, timers come before what is to be read.
    await turn();
    const answered = calls.wait(
      'a',
      stat(import.meta.filename).then(() => 'yes'),
      20,
    );
    block(60);
    expect(await answered).toBe('yes');
  });

  it('needs no timer of its own beside others', async () => {
    const calls = new Calls();
    let timers = 0;
    const hook = createHook({
      init: (_id, type) => {
        if (type === 'Timeout') timers++;
      },
    }).enable();
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => calls.wait('a', Promise.resolve(index), 1000)),
    );
    await calls.wait('b', Promise.resolve(), 1000);
    hook.disable();
    expect(timers).toBe(1);
  });

  it('is given up in time though a test has faked timers before', async () => {
    const calls = new Calls();
    jest.useFakeTimers({ doNotFake: ['performance'] });
    const answered = calls.wait('a', Promise.resolve('yes'), 10);
    jest.useRealTimers();
    expect(await answered).toBe('yes');
    await rejectionOf(calls.wait('b', never, 20));
    expect(calls.silent).toEqual(['b']);
  });
});

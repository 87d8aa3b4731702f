import { AsyncLocalStorage } from 'node:async_hooks';
import { ConcurrencyLimiter, LimitReached } from '../../lib/drivers/concurrency-limiter.js';
import { collectGarbage } from '../support/collect-garbage.js';
import { rejectionOf, settle } from '../support/drivers.js';

/** Tasks that note when they run, and how many of them at most ran at a time. */
class Tasks {
  running = 0;
  mostRunning = 0;
  readonly started: string[] = [];
  private readonly ends = new Map<string, () => void>();

  /** A task that takes until it is ended. */
  readonly pausing = (name: string) => async (): Promise<string> => {
    this.begin(name);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ends.set(name, resolve);
    await promise;
    this.running--;
    return name;
  };

  /** A task that takes a turn of the event loop. */
  readonly short = (name: string) => async (): Promise<string> => {
    this.begin(name);
    await new Promise((resolve) => setImmediate(resolve));
    this.running--;
    return name;
  };

  async end(name: string): Promise<void> {
    this.ends.get(name)!();
    await settle();
  }

  private begin(name: string): void {
    this.started.push(name);
    this.running++;
    this.mostRunning = Math.max(this.mostRunning, this.running);
  }
}

let tasks: Tasks;

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

beforeEach(() => {
  tasks = new Tasks();
});

it('starts a task at once while a slot is free', () => {
  const limiter = new ConcurrencyLimiter(2);
  void limiter.run(tasks.pausing('a'));
  void limiter.run(tasks.pausing('b'));
  void limiter.run(tasks.pausing('c'));
  expect(tasks.started).toEqual(['a', 'b']);
});

it('settles as the task does', async () => {
  const limiter = new ConcurrencyLimiter(1);
  await expect(limiter.run(async () => 'done')).resolves.toBe('done');
  await expect(limiter.run(() => Promise.reject(new Error('No')))).rejects.toThrow('No');
});

const thrower = (): Promise<void> => {
  throw new Error('Thrown');
};

it('rejects where a task throws synchronously, and frees its slot', async () => {
  const limiter = new ConcurrencyLimiter(1);
  await expect(limiter.run(thrower)).rejects.toThrow('Thrown');
  await expect(limiter.run(async () => 'next')).resolves.toBe('next');
});

it.each([1, 2, 3, 7])(
  'never runs more than %i at a time, first come first served',
  async (maxConcurrency) => {
    const limiter = new ConcurrencyLimiter(maxConcurrency);
    const names = Array.from({ length: 50 }, (_, index) => `task ${index}`);
    const results = await Promise.all(names.map((name) => limiter.run(tasks.short(name))));
    expect(results).toEqual(names);
    expect(tasks.started).toEqual(names);
    expect(tasks.mostRunning).toBe(maxConcurrency);
  },
);

it('gives a slot to who waits longest, before a newcomer', async () => {
  const limiter = new ConcurrencyLimiter(1);
  const first = limiter.run(async () => void tasks.started.push('first'));
  const waiting = limiter.run(async () => void tasks.started.push('waiting'));
  const newcomer = first.then(() => limiter.run(async () => void tasks.started.push('newcomer')));
  await Promise.all([waiting, newcomer]);
  expect(tasks.started).toEqual(['first', 'waiting', 'newcomer']);
});

it('frees every slot again after failures', async () => {
  const limiter = new ConcurrencyLimiter(2);
  await Promise.allSettled(
    Array.from({ length: 20 }, () => limiter.run(() => Promise.reject(new Error('No')))),
  );
  void limiter.run(tasks.pausing('a'));
  void limiter.run(tasks.pausing('b'));
  void limiter.run(tasks.pausing('c'));
  expect(tasks.started).toEqual(['a', 'b']);
});

describe('a bounded queue', () => {
  it('refuses exactly the first task that finds neither a slot nor a place to wait', () => {
    const limiter = new ConcurrencyLimiter(2, 3);
    for (const name of ['a', 'b', 'c', 'd', 'e']) void limiter.run(tasks.pausing(name));
    expect(() => limiter.run(tasks.pausing('f'))).toThrow(LimitReached);
    expect(tasks.started).toEqual(['a', 'b']);
  });

  it('has a place again once one that waited runs', async () => {
    const limiter = new ConcurrencyLimiter(1, 1);
    void limiter.run(tasks.pausing('a'));
    void limiter.run(tasks.pausing('b'));
    expect(() => limiter.run(tasks.pausing('c'))).toThrow(LimitReached);
    await tasks.end('a');
    void limiter.run(tasks.pausing('c'));
    expect(() => limiter.run(tasks.pausing('d'))).toThrow(LimitReached);
    await tasks.end('b');
    expect(tasks.started).toEqual(['a', 'b', 'c']);
  });

  it('of size 0 lets nothing wait', () => {
    const limiter = new ConcurrencyLimiter(1, 0);
    void limiter.run(tasks.pausing('a'));
    expect(() => limiter.run(tasks.pausing('b'))).toThrow(LimitReached);
  });
});

describe('a task that starts others on the limiter that runs it, and awaits them', () => {
  const nested = (limiter: ConcurrencyLimiter, depth: number): Promise<string> =>
    limiter.run(async () => {
      if (depth > 0) await nested(limiter, depth - 1);
      return tasks.short(`depth ${depth}`)();
    });

  it.each([1, 5, 50])('does not wait for itself at depth %i', async (depth) => {
    const limiter = new ConcurrencyLimiter(1);
    await expect(nested(limiter, depth)).resolves.toBe(`depth ${depth}`);
    expect(tasks.started).toHaveLength(depth + 1);
  });

  it('runs several of them one after another in its own slot', async () => {
    const limiter = new ConcurrencyLimiter(1);
    await limiter.run(() => Promise.all(['a', 'b', 'c'].map((name) => limiter.run(tasks.short(name)))));
    expect(tasks.started).toEqual(['a', 'b', 'c']);
    expect(tasks.mostRunning).toBe(1);
  });

  it('does so at any depth, for several at a time', async () => {
    const limiter = new ConcurrencyLimiter(1);
    const tree = (depth: number): Promise<unknown> =>
      limiter.run(async () => {
        if (depth > 0) await Promise.all([tree(depth - 1), tree(depth - 1), tree(depth - 1)]);
        await tasks.short('leaf or branch')();
      });
    await tree(3);
    expect(tasks.started).toHaveLength(1 + 3 + 9 + 27);
    expect(tasks.mostRunning).toBe(1);
  });

  it('uses the other slots where they are free', async () => {
    const limiter = new ConcurrencyLimiter(3);
    await limiter.run(() => Promise.all(['a', 'b', 'c', 'd'].map((name) => limiter.run(tasks.short(name)))));
    expect(tasks.mostRunning).toBe(3);
  });

  it('keeps the bound for everyone else meanwhile', async () => {
    const limiter = new ConcurrencyLimiter(2);
    const parent = (name: string): Promise<unknown> =>
      limiter.run(() => Promise.all([1, 2, 3].map((child) => limiter.run(tasks.short(`${name}${child}`)))));
    await Promise.all(['a', 'b', 'c', 'd'].map(parent));
    expect(tasks.started).toHaveLength(12);
    expect(tasks.mostRunning).toBeLessThanOrEqual(2);
  });

  it('does not wait for itself where another limiter lies between', async () => {
    const outer = new ConcurrencyLimiter(1);
    const inner = new ConcurrencyLimiter(1);
    await expect(
      outer.run(() => inner.run(() => outer.run(() => inner.run(async () => 'done')))),
    ).resolves.toBe('done');
  });

  it('is not lent the slot of a task that has ended', async () => {
    const limiter = new ConcurrencyLimiter(1);
    let startLater!: () => Promise<string>;
    await limiter.run(async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const later = promise.then(() => limiter.run(tasks.short('later')));
      startLater = () => (resolve(), later);
    });
    void limiter.run(tasks.pausing('holder'));
    const later = startLater();
    await settle();
    expect(tasks.started).toEqual(['holder']);
    await tasks.end('holder');
    await later;
  });
});

it('lets a task that is not awaited wait for its turn, even if it is started from within a slot', async () => {
  const limiter = new ConcurrencyLimiter(1);
  void limiter.run(async () => {
    void limiter.run(tasks.short('background'), false);
    await tasks.pausing('foreground')();
  });
  await settle();
  expect(tasks.started).toEqual(['foreground']);
  await tasks.end('foreground');
  expect(tasks.started).toEqual(['foreground', 'background']);
});

it('refuses what a full slot is asked to run as well, and goes on', async () => {
  const limiter = new ConcurrencyLimiter(1, 1);
  const run = limiter.run(async () => {
    const children = ['a', 'b'].map((name) => limiter.run(tasks.short(name)));
    expect(() => limiter.run(tasks.short('c'))).toThrow(LimitReached);
    await Promise.all(children);
  });
  expect(await rejectionOf(run.then(() => Promise.reject(new Error('ended'))))).toMatchObject({
    message: 'ended',
  });
  expect(tasks.started).toEqual(['a', 'b']);
});

describe('the asynchronous context', () => {
  const request = new AsyncLocalStorage<string>();

  it('of a task that had to wait is that of its own caller', async () => {
    const limiter = new ConcurrencyLimiter(1);
    const contexts = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        request.run(name, () =>
          limiter.run(async () => {
            const atStart = request.getStore();
            await new Promise((resolve) => setImmediate(resolve));
            return [name, atStart, request.getStore()];
          }),
        ),
      ),
    );
    expect(contexts).toEqual([
      ['a', 'a', 'a'],
      ['b', 'b', 'b'],
      ['c', 'c', 'c'],
    ]);
  });

  it('of a task that had to wait knows the slot that its caller holds', async () => {
    const outer = new ConcurrencyLimiter(1);
    const inner = new ConcurrencyLimiter(1);
    const holder = inner.run(tasks.pausing('holder'));
    const nested = outer.run(() => inner.run(() => outer.run(tasks.short('innermost'))));
    await settle();
    await tasks.end('holder');
    await Promise.all([holder, nested]);
    expect(tasks.started).toEqual(['holder', 'innermost']);
  });
});

describe('a task that starts others on the limiter that runs it, and does not await them', () => {
  it('leaves its slot to them: the bound is kept when it has ended', async () => {
    const limiter = new ConcurrencyLimiter(1);
    const parents = Array.from({ length: 5 }, (_, index) =>
      limiter.run(async () => {
        void limiter.run(tasks.pausing(`child ${index}`));
      }),
    );
    await parents[0];
    await settle();
    expect(tasks.started).toEqual(['child 0']);
    for (let index = 0; index < 5; index++) await tasks.end(`child ${index}`);
    await Promise.all(parents);
    expect(tasks.started).toEqual(['child 0', 'child 1', 'child 2', 'child 3', 'child 4']);
    expect(tasks.mostRunning).toBe(1);
  });

  it('leaves those that still wait to the others, behind who waits already', async () => {
    const limiter = new ConcurrencyLimiter(1);
    const parent = limiter.run(async () => {
      for (const name of ['a', 'b', 'c']) void limiter.run(tasks.pausing(name));
    });
    void limiter.run(tasks.pausing('waiting'));
    await parent;
    for (const name of ['a', 'waiting', 'b', 'c']) await tasks.end(name);
    expect(tasks.started).toEqual(['a', 'waiting', 'b', 'c']);
    expect(tasks.mostRunning).toBe(1);
    await expect(limiter.run(async () => 'free again')).resolves.toBe('free again');
  });

  it('may go on like that, and what they start and await does not wait for itself', async () => {
    const limiter = new ConcurrencyLimiter(1);
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
    const link = (left: number): Promise<void> =>
      limiter.run(async () => {
        if (left === 0) return finish();
        void link(left - 1);
        await limiter.run(tasks.short(`link ${left}`));
      });
    void link(100);
    await finished;
    await settle();
    expect(tasks.mostRunning).toBe(1);
    expect(tasks.started).toContain('link 1');
    await expect(limiter.run(async () => 'free again')).resolves.toBe('free again');
  });

  it.each([1, 2])('takes constant memory for an endless chain at %i at a time', async (maxConcurrency) => {
    const limiter = new ConcurrencyLimiter(maxConcurrency);
    const heapAfter = (length: number): Promise<number> => {
      const { promise, resolve } = Promise.withResolvers<number>();
      const link = async (left: number): Promise<void> => {
        // Each link ends before the next but one begins.
        await Promise.resolve();
        if (left === 0) resolve(heapUsed());
        else void limiter.run(() => link(left - 1));
      };
      void limiter.run(() => link(length));
      return promise;
    };
    const before = await heapAfter(1000);
    expect((await heapAfter(50_000)) - before).toBeLessThan(1_000_000);
  });
});

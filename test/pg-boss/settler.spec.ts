import { toTakenJob } from '../../lib/pg-boss/pg-boss-job.js';
import type { PgBossSettler } from '../../lib/pg-boss/pg-boss.settler.js';
import { createPgBossSettler } from '../support/pg-boss-settler.js';

interface Call {
  readonly name: string;
  readonly ids: readonly string[];
  readonly end: (error?: Error) => void;
}

const data = { event: 'event', version: 1, eventId: 'event id', payload: null };
const [first, second, third] = [
  toTakenJob('one', data, 2),
  toTakenJob('two', data, 2),
  toTakenJob('three', data, 2),
];

/** Records what pg-boss is asked for, which it does when it is told to. */
function createSettler(): { settler: PgBossSettler; calls: Call[] } {
  const calls: Call[] = [];
  const record = (name: string) => (_: string, attempts: readonly { id: string }[]) =>
    new Promise<unknown>((resolve, reject) => {
      const ids = attempts.map(({ id }) => id);
      const end = (error?: Error): void => (error ? reject(error) : resolve({ settled: ids }));
      calls.push({ name, ids, end });
    });
  const settler = createPgBossSettler({ complete: record('complete'), touch: record('touch') });
  return { settler, calls };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('A sign of life', () => {
  test('leaves out what is being completed, and does not take it for lost', async () => {
    const { settler, calls } = createSettler();
    const completed = settler.complete([first, second]);
    await turn();
    const touched = settler.touch([first, second, third]);
    await turn();
    expect(calls).toMatchObject([
      { name: 'complete', ids: ['one', 'two'] },
      { name: 'touch', ids: ['three'] },
    ]);
    for (const { end } of calls) end();
    await expect(touched).resolves.toEqual(new Set(['one', 'two', 'three']));
    await completed;
  });

  test('is not given where all is being completed', async () => {
    const { settler, calls } = createSettler();
    const completed = settler.complete([first]);
    await turn();
    await expect(settler.touch([first])).resolves.toEqual(new Set(['one']));
    calls[0]!.end();
    await completed;
    expect(calls).toHaveLength(1);
  });

  test('is waited for by what is to be completed, however many there are', async () => {
    const { settler, calls } = createSettler();
    const touches = [settler.touch([first]), settler.touch([first])];
    const completed = settler.complete([first]);
    calls[0]!.end();
    await turn();
    expect(calls.map(({ name }) => name)).toEqual(['touch', 'touch']);
    calls[1]!.end();
    await turn();
    expect(calls.map(({ name }) => name)).toEqual(['touch', 'touch', 'complete']);
    calls[2]!.end();
    await Promise.all([...touches, completed]);
  });

  test('that fails keeps nothing from being completed, and the other way round', async () => {
    const { settler, calls } = createSettler();
    const touched = settler.touch([first]);
    const completed = settler.complete([first]);
    calls[0]!.end(new Error('no touch'));
    await expect(touched).rejects.toThrow('no touch');
    await turn();
    calls[1]!.end(new Error('no record'));
    await expect(completed).rejects.toThrow('no record');
    const again = settler.touch([first]);
    expect(calls.at(-1)).toMatchObject({ name: 'touch', ids: ['one'] });
    calls.at(-1)!.end();
    await again;
  });
});

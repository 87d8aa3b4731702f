import { jest } from '@jest/globals';
import { BacklogError } from 'nestjs-event-drivers';
import { Coalescer, type CoalescerOptions } from '../../lib/queue/coalescer.js';
import type { StoredDelivery } from '../../lib/queue/stored-delivery.js';

const delivery = (id: string, orderingKey?: string): StoredDelivery => ({
  id,
  data: { event: 'e', version: 1, eventId: id, payload: null },
  options: orderingKey === undefined ? {} : { orderingKey },
});

/** A store whose calls end when the test says so. */
class ManualStore {
  readonly calls: { ids: string[]; succeed: () => void; fail: (error: unknown) => void }[] = [];

  readonly store = (deliveries: readonly StoredDelivery[]): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.calls.push({ ids: deliveries.map(({ id }) => id), succeed: resolve, fail: reject });
    return promise;
  };

  get ids(): string[][] {
    return this.calls.map(({ ids }) => ids);
  }
}

const REFUSAL = new Error('refused');

function create(options: Partial<CoalescerOptions> = {}): { coalescer: Coalescer; store: ManualStore } {
  const store = new ManualStore();
  const coalescer = new Coalescer(store.store, {
    driverName: 'queue',
    maxBatchSize: 3,
    minShare: 20,
    maxInFlight: 2,
    maxWaiting: 100,
    isRefusal: (error) => error === REFUSAL,
    ...options,
  });
  return { coalescer, store };
}

const turn = (): Promise<void> => new Promise(setImmediate);

test('Those who store in one turn share a call; those who come meanwhile make up the next ones', async () => {
  const { coalescer, store } = create();
  const done: string[] = [];
  const add = (id: string): void => void coalescer.add([delivery(id)]).then(() => done.push(id));
  add('a');
  add('b');
  await turn();
  expect(store.ids).toEqual([['a', 'b']]);
  for (const id of ['c', 'd', 'e', 'f', 'g']) add(id);
  await turn();
  expect(store.ids).toEqual([
    ['a', 'b'],
    ['c', 'd', 'e'],
  ]);
  store.calls[0]!.succeed();
  await turn();
  expect(done).toEqual(['a', 'b']);
  expect(store.ids.at(-1)).toEqual(['f', 'g']);
  store.calls[1]!.succeed();
  store.calls[2]!.succeed();
  await coalescer.flush();
  await turn();
  expect(done).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
});

test('Many who wait are shared among the calls that may be made, few are not', async () => {
  const { coalescer, store } = create({ maxBatchSize: 500 });
  for (let index = 0; index < 100; index++) void coalescer.add([delivery(`${index}`)]);
  await turn();
  expect(store.ids.map(({ length }) => length)).toEqual([50, 50]);
  for (let index = 0; index < 30; index++) void coalescer.add([delivery(`later ${index}`)]);
  store.calls[0]!.succeed();
  await turn();
  store.calls[1]!.succeed();
  store.calls[2]!.succeed();
  await turn();
  expect(store.ids.map(({ length }) => length)).toEqual([50, 50, 30]);
  for (let index = 0; index < 25; index++) void coalescer.add([delivery(`last ${index}`)]);
  await turn();
  expect(store.ids.map(({ length }) => length)).toEqual([50, 50, 30, 20, 5]);
});

test('Few are shared, too, where it is worth it', async () => {
  const { coalescer, store } = create({ maxBatchSize: 500, minShare: 2 });
  for (let index = 0; index < 5; index++) void coalescer.add([delivery(`${index}`)]);
  await turn();
  expect(store.ids.map(({ length }) => length)).toEqual([3, 2]);
  store.calls[0]!.succeed();
  store.calls[1]!.succeed();
  await turn();
  for (let index = 0; index < 2; index++) void coalescer.add([delivery(`later ${index}`)]);
  await turn();
  expect(store.ids.map(({ length }) => length)).toEqual([3, 2, 2]);
});

test('What belongs together is never torn apart, though it is more than a batch', async () => {
  const { coalescer, store } = create();
  void coalescer.add([delivery('a'), delivery('b')]);
  void coalescer.add([delivery('c'), delivery('d')]);
  void coalescer.add(['1', '2', '3', '4', '5'].map((id) => delivery(id)));
  await turn();
  store.calls[0]!.succeed();
  await turn();
  expect(store.ids).toEqual([
    ['a', 'b'],
    ['c', 'd'],
    ['1', '2', '3', '4', '5'],
  ]);
});

test('One delivery that is there twice is stored once, and both are told', async () => {
  const { coalescer, store } = create();
  const both = Promise.all([coalescer.add([delivery('a')]), coalescer.add([delivery('a')])]);
  await turn();
  expect(store.ids).toEqual([['a']]);
  store.calls[0]!.succeed();
  await both;
});

test('One delivery that is there twice in one call is stored once, though its id was made just now', async () => {
  const { coalescer, store } = create();
  const fresh: StoredDelivery = { ...delivery('a'), isNew: true };
  void coalescer.add([fresh, fresh]);
  void coalescer.add([{ ...fresh, id: 'b' }]);
  await turn();
  expect(store.ids).toEqual([['a', 'b']]);
});

test('Who stores what is refused is told, and nobody else', async () => {
  const stored: string[] = [];
  const refuse = (deliveries: readonly StoredDelivery[]): Promise<void> => {
    if (deliveries.some(({ id }) => id.startsWith('bad'))) return Promise.reject(REFUSAL);
    stored.push(...deliveries.map(({ id }) => id));
    return Promise.resolve();
  };
  const coalescer = new Coalescer(refuse, {
    driverName: 'queue',
    maxBatchSize: 500,
    minShare: 20,
    maxInFlight: 2,
    maxWaiting: 1000,
    isRefusal: (error) => error === REFUSAL,
  });
  const ids = Array.from({ length: 40 }, (_, index) => (index % 13 === 5 ? `bad${index}` : `good${index}`));
  const outcomes = await Promise.allSettled(ids.map((id) => coalescer.add([delivery(id)])));
  expect(ids.filter((_, index) => outcomes[index]!.status === 'rejected')).toEqual([
    'bad5',
    'bad18',
    'bad31',
  ]);
  expect(stored.toSorted()).toEqual(ids.filter((id) => id.startsWith('good')).toSorted());
});

test('A store that does not work at all is told to everybody, and is not asked over and over', async () => {
  const { coalescer, store } = create();
  const outcomes = Promise.allSettled([coalescer.add([delivery('a')]), coalescer.add([delivery('b')])]);
  await turn();
  const error = new Error('gone');
  store.calls[0]!.fail(error);
  expect(await outcomes).toEqual([
    { status: 'rejected', reason: error },
    { status: 'rejected', reason: error },
  ]);
  expect(store.calls).toHaveLength(1);
});

test('Those of one ordering key are stored in their order: in no two calls at a time, nor one past another', async () => {
  const { coalescer, store } = create({ maxBatchSize: 2 });
  void coalescer.add([delivery('1', 'k')]);
  await turn();
  void coalescer.add([delivery('2', 'k')]);
  void coalescer.add([delivery('3', 'other')]);
  void coalescer.add([delivery('4', 'k')]);
  void coalescer.add([delivery('5')]);
  await turn();
  expect(store.ids).toEqual([['1'], ['3', '5']]);
  store.calls[0]!.succeed();
  await turn();
  expect(store.ids.at(-1)).toEqual(['2', '4']);
});

test('Those of one ordering key share a call in the order they came, whatever their ids', async () => {
  const { coalescer, store } = create();
  for (const id of ['2', '1', '3']) void coalescer.add([delivery(id, 'k')]);
  await turn();
  expect(store.ids).toEqual([['2', '1', '3']]);
});

test('What is large shares a call with as much as a statement may hold', async () => {
  const { coalescer, store } = create({ maxBatchSize: 500, maxInFlight: 1 });
  const MEGABYTE = 1024 * 1024;
  for (const id of ['a', 'b', 'c', 'd', 'e']) void coalescer.add([delivery(id)], 1.5 * MEGABYTE);
  void coalescer.add([delivery('huge')], 20 * MEGABYTE);
  void coalescer.add([delivery('small')], 10);
  await turn();
  for (let index = 0; index < 3; index++) {
    store.calls[index]!.succeed();
    await turn();
  }
  expect(store.ids).toEqual([['a', 'b', 'small'], ['c', 'd'], ['e'], ['huge']]);
});

test('Very many may wait', async () => {
  const { coalescer, store } = create({ maxBatchSize: 500, maxWaiting: 300_000 });
  for (let index = 0; index < 300_000; index++) void coalescer.add([delivery('a')]);
  await turn();
  expect(store.calls).toHaveLength(2);
});

test('A flush waits for what waits and is under way, not for what comes later', async () => {
  const { coalescer, store } = create({ maxInFlight: 1, maxBatchSize: 1 });
  void coalescer.add([delivery('a', 'k')]);
  void coalescer.add([delivery('b', 'k')]);
  const flushed = jest.fn();
  void coalescer.flush().then(flushed);
  await turn();
  void coalescer.add([delivery('c')]);
  store.calls[0]!.succeed();
  await turn();
  expect(store.ids).toEqual([['a'], ['b']]);
  expect(flushed).not.toHaveBeenCalled();
  store.calls[1]!.succeed();
  await turn();
  expect(flushed).toHaveBeenCalled();
  expect(store.ids).toEqual([['a'], ['b'], ['c']]);
});

test('No more may wait than is allowed; one that is larger than that alone is taken', async () => {
  const { coalescer, store } = create({ maxWaiting: 4, maxInFlight: 1, maxBatchSize: 1 });
  void coalescer.add([delivery('a')]);
  await turn();
  void coalescer.add(['1', '2', '3', '4', '5'].map((id) => delivery(id)));
  await expect(coalescer.add([delivery('b')])).rejects.toThrow(BacklogError);
  await expect(coalescer.add([delivery('b')])).rejects.toThrow(
    /'queue' would have more than 4 deliveries waiting.*\(maxWaiting\)/,
  );
  store.calls[0]!.succeed();
  await turn();
  expect(store.ids).toEqual([['a'], ['1', '2', '3', '4', '5']]);
});

test('What still waits can be given up, and flush() does not wait for it', async () => {
  const { coalescer, store } = create({ maxInFlight: 1 });
  void coalescer.add([delivery('a')]);
  await turn();
  const waiting = coalescer.add([delivery('b')]);
  const flushed = coalescer.flush();
  coalescer.abandon(new Error('closed'));
  await expect(waiting).rejects.toThrow('closed');
  store.calls[0]!.succeed();
  await flushed;
  await coalescer.flush();
  expect(store.ids).toEqual([['a']]);
});

test('Those whose time is over are told, each at its own, and may be stored all the same', async () => {
  const error = new Error('too late');
  const { coalescer, store } = create({ maxInFlight: 1, timeoutMs: 60, toTimeoutError: () => error });
  const told: string[] = [];
  const add = (id: string): Promise<number | string> => {
    const since = performance.now();
    return coalescer.add([delivery(id)]).then(
      () => id,
      (reason: unknown) => {
        expect(reason).toBe(error);
        told.push(id);
        return performance.now() - since;
      },
    );
  };
  const first = add('a');
  await new Promise((resolve) => setTimeout(resolve, 30));
  const second = add('b');
  expect(await first).toBeGreaterThanOrEqual(59);
  expect(told).toEqual(['a']);
  expect(await second).toBeGreaterThanOrEqual(59);
  store.calls[0]!.succeed();
  await turn();
  expect(store.ids).toEqual([['a'], ['b']]);
  const third = add('c');
  store.calls[1]!.succeed();
  await turn();
  store.calls[2]!.succeed();
  expect(await third).toBe('c');
});

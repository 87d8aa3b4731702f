import type { Job } from '../../lib/testing/in-memory/job.js';
import { MemoryQueue } from '../../lib/testing/in-memory/memory-queue.js';

function dueAt(notBefore: number): Job {
  return {
    id: String(notBefore),
    queue: 'queue',
    delivery: {
      id: String(notBefore),
      data: { event: 'paid', version: 1, eventId: '1', payload: null },
      options: {},
    },
    position: 1,
    priority: 0,
    maxAttempts: 1,
    state: 'waiting',
    attempt: 0,
    postponements: 0,
    notBefore,
    run: undefined,
  };
}

const anything = { isInstant: false, groupConcurrency: undefined, hasRoom: () => true };

it('has somebody look again for what became due while nobody did', () => {
  const queue = new MemoryQueue();
  queue.add(dueAt(10));
  queue.add(dueAt(30));
  // A timer that goes off a little early finds nothing, and is set again a moment later.
  expect(queue.take({ now: 9, ...anything })).toBeUndefined();
  expect(queue.getNextDue(11)).toBe(11);
  expect(queue.take({ now: 11, ...anything })?.id).toBe('10');
  expect(queue.getNextDue(11)).toBe(30);
});

it('has nobody look again and again for what there is no room for', () => {
  const queue = new MemoryQueue();
  queue.add(dueAt(10));
  queue.getNextDue(11);
  expect(queue.getNextDue(12)).toBeUndefined();
});

it('has somebody look when a window is over, where there is something to take by then', () => {
  const queue = new MemoryQueue();
  queue.add(dueAt(50));
  expect(queue.getNextDue(9, 40)).toBe(50);
  queue.add(dueAt(30));
  expect(queue.getNextDue(10, 40)).toBe(40);
  queue.add(dueAt(10));
  expect(queue.getNextDue(11, 40)).toBe(40);
  // Each time, for nothing is taken meanwhile.
  expect(queue.getNextDue(12, 40)).toBe(40);
});

import type { TestRun } from '../modes/test-run.js';
import type { Task } from './activity.js';
import { getKeptUntil, type StoredEntry } from './stored-deliveries.js';

/** What is not done of what was dispatched until some moment, and of what follows from that. */
export interface Pending {
  isEmpty(): boolean;
  tasks(): readonly Task[];
  entries(): readonly StoredEntry[];
  /** What drivers keep which are no queues, a line each. */
  handedOver(): readonly string[];
  /** What drivers have accepted and not done, a line each. */
  background(): readonly string[];
  describeEntry(entry: StoredEntry): string;
}

/** @param latest the number of the last cause that counts */
export function createPending(run: TestRun, latest: number): Pending {
  const { recorder, stored, handedOver } = run;
  const counts = (cause: { readonly number: number } | undefined): boolean => (cause?.number ?? 0) <= latest;
  const pending: Pending = {
    tasks: () => recorder.activity.getTasks().filter(({ cause }) => counts(cause)),
    entries: () => stored.getEntries().filter(({ cause }) => counts(cause)),
    handedOver: () => handedOver.getPending(({ cause }) => counts(cause)),
    background: () =>
      run
        .getDrivers()
        .flatMap(({ name, driver }) =>
          (driver.getPending?.() ?? [])
            .filter((event) => counts(recorder.findDelivery(event)?.cause))
            .map(
              (event) =>
                `${event.getListenerId?.() ?? 'execute()'} of ${event.getName()} is left to driver '${name}'`,
            ),
        ),
    isEmpty: () =>
      pending.tasks().length === 0 &&
      pending.entries().length === 0 &&
      pending.handedOver().length === 0 &&
      pending.background().length === 0,
    describeEntry: (entry) => describeEntry(run, entry),
  };
  return pending;
}

/** A line for each. What runs in the background of this process is among the tasks, once it runs. */
export function describePending(pending: Pending): string[] {
  return [
    ...pending
      .tasks()
      .filter(({ parts }) => parts === 0)
      .map(({ label, sleeping }) => `${label} ${sleeping > 0 ? 'waits for the clock' : 'is running'}`),
    ...pending
      .entries()
      .filter(({ isRunning }) => !isRunning)
      .map((entry) => pending.describeEntry(entry)),
    ...pending.handedOver(),
    ...pending.background(),
  ];
}

function describeEntry(run: TestRun, entry: StoredEntry): string {
  const { eventName, listenerId, queue, dueAt, attempts } = entry;
  const what = `${listenerId ?? 'execute()'} of ${eventName} is in queue '${queue}'`;
  const failed = attempts === 0 ? '' : `, after ${attempts} attempt${attempts === 1 ? '' : 's'}`;
  if (run.faults.isCutOff(queue)) return `${what}${failed}, and the test has dropped its connection`;
  const now = run.clock.now();
  if (dueAt > now) return `${what}${failed}, to be run at ${new Date(dueAt).toISOString()}`;
  const keptUntil = getKeptUntil(entry);
  return keptUntil > now
    ? `${what}${failed}, kept back by the rate limit until ${new Date(keptUntil).toISOString()}`
    : `${what}${failed}, and nobody has taken it (is it worked here, and not paused?)`;
}

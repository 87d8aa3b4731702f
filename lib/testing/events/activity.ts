import { AsyncLocalStorage } from 'node:async_hooks';

/** Whatever follows from one dispatch that nothing else has led to. */
export interface Cause {
  /** Later ones have higher numbers. */
  readonly number: number;
}

/** Something that is under way. */
export interface Task {
  readonly label: string;
  /** What it is a part of: a dispatch made by a listener, for example, of the listener's run. */
  readonly parent: Task | undefined;
  readonly cause: Cause;
  /** How many others it is in. */
  readonly depth: number;
  /** How many of its parts are under way. */
  parts: number;
  /** How many waits for the clock it is in. */
  sleeping: number;
  isEnded: boolean;
}

/** What is under way in an application: dispatches, and runs of listeners. Each knows what it is a part of. */
export class Activity {
  private readonly storage = new AsyncLocalStorage<Task>();
  private readonly tasks = new Set<Task>();
  private readonly listeners = new Set<() => void>();
  private waits = 0;
  private causes = 0;

  /** What follows from nothing that is known. */
  createCause(): Cause {
    return { number: ++this.causes };
  }

  /** The number of the latest cause. */
  get latest(): number {
    return this.causes;
  }

  /** Does something that is under way until its promise is settled. */
  async track<T>(label: string, work: (task: Task) => Promise<T>, cause?: Cause): Promise<T> {
    const task = this.begin(label, cause);
    try {
      return await this.within(task, () => work(task));
    } finally {
      this.end(task);
    }
  }

  /**
   * Begins something, to be ended by {@link Activity.end}: a part of what the caller is a part of, unless a cause is given.
   */
  begin(label: string, cause?: Cause): Task {
    const current = this.getCurrent();
    const parent = cause === undefined ? current : undefined;
    const task: Task = {
      label,
      parent,
      cause: cause ?? current?.cause ?? this.createCause(),
      depth: (parent?.depth ?? 0) + 1,
      parts: 0,
      sleeping: 0,
      isEnded: false,
    };
    this.tasks.add(task);
    if (parent !== undefined) parent.parts++;
    return task;
  }

  end(task: Task): void {
    if (task.isEnded) return;
    task.isEnded = true;
    this.tasks.delete(task);
    if (task.parent !== undefined) task.parent.parts--;
    this.tell();
  }

  /** Does work that is a part of a task. */
  within<T>(task: Task, work: () => T): T {
    return this.storage.run(task, work);
  }

  /** What the caller is a part of, as long as that is under way. */
  getCurrent(): Task | undefined {
    const task = this.storage.getStore();
    return task?.isEnded === true ? undefined : task;
  }

  /** What has led to the call, be it over by now. */
  getOrigin(): Task | undefined {
    return this.storage.getStore();
  }

  /** Does something that nothing is a part of. */
  detach<T>(work: () => T): T {
    return this.storage.exit(work);
  }

  /** How many waits for the clock there are, also of what has been left to the background. */
  get sleeping(): number {
    return this.waits;
  }

  /** Whether the caller is something of this application. */
  isCaller(): boolean {
    return this.getOrigin() !== undefined;
  }

  /** The caller waits for the clock until the promise is settled. */
  async sleep(waiting: Promise<void>): Promise<void> {
    const task = this.getOrigin();
    this.waits++;
    if (task !== undefined) task.sleeping++;
    this.tell();
    try {
      await waiting;
    } finally {
      this.waits--;
      if (task !== undefined) task.sleeping--;
    }
  }

  /** What is under way. */
  getTasks(): readonly Task[] {
    return [...this.tasks];
  }

  /** What is under way and does not wait for the clock, be it for a part of it that does. */
  getBusy(): readonly Task[] {
    return this.getTasks().filter(({ parts, sleeping }) => parts === 0 && sleeping === 0);
  }

  /** Calls back whenever something has ended or waits. @returns what ends that */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  tell(): void {
    for (const listener of this.listeners) listener();
  }
}

import type { Db, PgBoss } from 'pg-boss';
import { deliveryId } from '../queue/delivery-id.js';
import { PAUSED_QUEUE } from './pg-boss.queues.js';

/** The queues that are paused, of which the store keeps the names, as far as this process knows them. */
export class PausedQueues {
  private known: ReadonlySet<string> = new Set();
  private asked = 0;
  private answered = 0;

  constructor(
    private readonly boss: PgBoss,
    private readonly db: Db,
    /** Hears that they are others than before. */
    private readonly onChange: () => void,
  ) {}

  get names(): readonly string[] {
    return [...this.known];
  }

  has(queue: string): boolean {
    return this.known.has(queue);
  }

  /** Looks which there are now. */
  async refresh(): Promise<void> {
    const no = ++this.asked;
    const jobs = await this.boss.findJobs<{ queue: string }>(PAUSED_QUEUE, { db: this.db });
    // One that was asked for later may have been answered before.
    if (no < this.answered) return;
    this.answered = no;
    const before = this.known;
    this.known = new Set(jobs.map(({ data }) => data.queue));
    const isSame = before.size === this.known.size && this.names.every((name) => before.has(name));
    if (!isSame) this.onChange();
  }

  async set(queue: string, isPaused: boolean): Promise<void> {
    const { boss, db } = this;
    const id = deliveryId(queue, undefined);
    if (isPaused) await boss.insert(PAUSED_QUEUE, [{ id, data: { queue } }], { db });
    else await boss.deleteJob(PAUSED_QUEUE, id, { db });
    await this.refresh();
  }
}

import { type Clock, SYSTEM_CLOCK } from '../driver/clock.js';
import type { Consumer } from '../queue/consumer/consumer.js';
import type { StoredDelivery } from '../queue/stored-delivery.js';
import type { PgBossJob } from './pg-boss-job.js';
import { ORDERED_SUFFIX } from './pg-boss.mapper.js';

/**
 * Has what works a queue in this process look for what was stored: the database announces what is to be run now, to this
 * process later than it knows of it.
 *
 * @param getConsumer finds it by the queue, as pg-boss calls that
 */
export function announce(
  queue: string,
  deliveries: readonly StoredDelivery[],
  clock: Clock,
  getConsumer: (queue: string) => Consumer<PgBossJob> | undefined,
): void {
  const woken = new Set<string>();
  for (const { options } of deliveries) {
    const { delayMs, at, orderingKey } = options;
    const name = orderingKey === undefined ? queue : queue + ORDERED_SUFFIX;
    if (delayMs !== undefined) getConsumer(name)?.wakeIn(delayMs);
    else if (at !== undefined) getConsumer(name)?.wakeIn(at.getTime() - clock.now());
    // Where a test moves the time, what is due is done as it comes to that.
    else if (clock === SYSTEM_CLOCK && !woken.has(name)) {
      woken.add(name);
      getConsumer(name)?.wake();
    }
  }
}

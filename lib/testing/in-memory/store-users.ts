import type { Clock } from '../../driver/clock.js';
import { InvalidOptionsError, StoreUnavailableError } from '../../errors/index.js';

/** How an engine has a store open. */
interface User {
  readonly clock: Clock;
  /** Whether others may have it open as well. */
  readonly isShared: boolean;
}

/** The engines that have a store open. */
export class StoreUsers {
  private readonly users = new Map<object, User>();
  private lastClock: Clock | undefined;

  /** That of those who have it open, or had it last. */
  get clock(): Clock | undefined {
    return this.lastClock;
  }

  /**
   * @throws {@link StoreUnavailableError} if one of them is to be the only one
   * @throws {@link InvalidOptionsError} if they do not go by the same time
   */
  add(store: string, engine: object, user: User): void {
    const others = [...this.users].filter(([other]) => other !== engine).map(([, other]) => other);
    if (others.some(({ isShared }) => !isShared || !user.isShared)) {
      throw new StoreUnavailableError(
        store,
        'another engine has it open, and they cannot share it: the capability multiProcess is switched off',
      );
    }
    if (others.some(({ clock }) => clock !== user.clock)) {
      throw new InvalidOptionsError(store, [
        'engines that share a store must go by the same clock; give both applications one, or each a store of its own',
      ]);
    }
    this.users.set(engine, user);
    this.lastClock = user.clock;
  }

  delete(engine: object): void {
    this.users.delete(engine);
  }
}

/** For how long it may be announced that there is something before it is looked for, in milliseconds. */
const MAX_UNSEEN_MS = 25;

/** What a consumer knows of what waits in the store. Announcements are known by their numbers. */
export class Backlog {
  private announced = 0;
  private announcedAt: number | undefined;
  private looked = 0;
  private seen = 0;
  private isLeft = true;
  private isOver = false;
  private waiting: { readonly no: number; readonly resolve: () => void }[] = [];

  /** There may be more by now. */
  announce(): void {
    this.announced++;
    this.announcedAt ??= performance.now();
  }

  /** It is looked into. */
  look(): void {
    this.looked = this.announced;
    this.announcedAt = undefined;
  }

  /** It was. @param isLeft whether there may be more than was found */
  note(isLeft: boolean): void {
    this.isLeft = isLeft;
    this.seen = this.looked;
    this.tell(this.seen);
  }

  /** There is no room for what is in it. */
  skip(): void {
    this.tell(this.announced);
  }

  /** Nobody looks into it any more. */
  end(): void {
    this.isOver = true;
    this.skip();
  }

  /** Whether there is nothing in it. */
  get isEmpty(): boolean {
    return !this.isLeft && this.seen === this.announced;
  }

  /** Whether there was nothing in it until just now. */
  get isShort(): boolean {
    if (this.isLeft) return false;
    return this.announcedAt === undefined || performance.now() - this.announcedAt < MAX_UNSEEN_MS;
  }

  /** Resolves once what is in it by now has been looked for. */
  async untilSeen(): Promise<void> {
    const no = this.announced;
    if (this.isOver || this.seen >= no) return;
    await new Promise<void>((resolve) => this.waiting.push({ no, resolve }));
  }

  private tell(no: number): void {
    if (this.waiting.length === 0) return;
    const { true: over = [], false: left = [] } = Object.groupBy(this.waiting, (one) => `${one.no <= no}`);
    this.waiting = left;
    for (const { resolve } of over) resolve();
  }
}

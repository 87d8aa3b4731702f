/** Lets the clock of this process be wrong, as that of a machine may be. Its timers are not. */
export function shiftClock(milliseconds: number): void {
  const { now } = Date;
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...args: unknown[]) {
      // oxlint-disable-next-line typescript/no-unsafe-argument -- it takes what Date takes
      super(...((args.length === 0 ? [now() + milliseconds] : args) as [number]));
    }

    static override now(): number {
      return now() + milliseconds;
    }
  } as DateConstructor;
}

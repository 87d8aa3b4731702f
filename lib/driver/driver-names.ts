/**
 * The names of your drivers, so that a misspelt one does not compile. Empty, as it is here, it
 * allows any string; add to it once and `dispatch()`, `@Event()` and `@OnEvent()` take no others.
 *
 * @example
 * ```ts
 * import 'nestjs-event-drivers';
 *
 * declare module 'nestjs-event-drivers' {
 *   interface RegisteredDrivers {
 *     sync: true;
 *     retry: true;
 *   }
 * }
 * ```
 */
export interface RegisteredDrivers {}

/** The name of a configured driver: any string until {@link RegisteredDrivers} lists them. */
export type DriverName = [keyof RegisteredDrivers] extends [never]
  ? string
  : Extract<keyof RegisteredDrivers, string>;

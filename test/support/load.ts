/**
 * How often a test kills a process: as often as a change can wait for, or as it is told:
 * `RELIABILITY_KILLS=100 npm test -- test/reliability`.
 */
export function getKills(few: number): number {
  return Number(process.env['RELIABILITY_KILLS'] ?? few);
}

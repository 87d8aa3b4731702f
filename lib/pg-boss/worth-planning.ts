/**
 * A statement for so many jobs is planned each time. One that is prepared is planned once, by how many jobs there were then;
 * for a few, to save the planning is worth more.
 */
export const WORTH_PLANNING = 10;

/** Where so many run at a time, what is prepared takes longer to find a few of them than planning does. */
const CROWD = 100;

/** From how many jobs on a statement that looks for them among those that run is worth planning. */
export function worthPlanningAmong(concurrency: number): number {
  return concurrency > CROWD ? 1 : WORTH_PLANNING;
}

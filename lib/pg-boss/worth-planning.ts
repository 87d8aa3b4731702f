/**
 * A statement for so many jobs is planned each time. One that is prepared is planned once, by how many jobs there were then;
 * for a few, to save the planning is worth more.
 */
export const WORTH_PLANNING = 10;

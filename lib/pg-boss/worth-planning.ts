/**
 * For so many jobs a statement is planned anew: to do so for fewer takes longer than to run it. One that is prepared is
 * planned once, by how many jobs there were then.
 */
export const WORTH_PLANNING = 10;

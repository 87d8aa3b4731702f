/** How many of its figures a run is about: 1 for each change, 2 for all night. */
const TIER = readNumber('RELIABILITY_TIER') ?? 1;

/** How often a test kills a process: as often as a change can wait for, or as it is told (`--kills`). */
export function getKills(few: number, many = 20): number {
  return readNumber('RELIABILITY_KILLS') ?? getLoad(few, many);
}

/** How much a test does: as much as a change can wait for, or what tells more. */
export function getLoad(few: number, many: number): number {
  return TIER > 1 ? Math.max(few, many) : few;
}

/** Whether there is time for what takes minutes. */
export function isLongRun(): boolean {
  return TIER > 1;
}

/** What the random numbers of this run follow from. */
export function getSeed(): number {
  return readNumber('RELIABILITY_SEED') ?? 1;
}

function readNumber(variable: string): number | undefined {
  const text = process.env[variable];
  if (text === undefined || text === '') return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new Error(`${variable} is '${text}', and should be a whole number`);
  }
  return number;
}

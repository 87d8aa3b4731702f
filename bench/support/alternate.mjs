/**
 * Has every contender measure once a round, a different one first each time: what changes while the benchmark runs
 * (heat, other processes, the state of a server) meets all of them, and no one always follows the same other one.
 *
 * @param contenders by name, functions that measure once
 * @returns by name, what they returned, a value for each round
 */
export async function alternate(contenders, { rounds, warmUp = 0 }) {
  const names = Object.keys(contenders);
  const measured = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds + warmUp; round++) {
    for (let index = 0; index < names.length; index++) {
      const name = names[(index + round) % names.length];
      const value = await contenders[name]();
      if (round >= warmUp) measured[name].push(value);
    }
  }
  return measured;
}

/**
 * The same in rounds of many short slices, those of the contenders in between each other: what another process does for a
 * tenth of a second then meets all of them alike.
 *
 * @param combine makes one value of those of a round
 */
export async function alternateSlices(contenders, { rounds, slices, warmUp, combine }) {
  const measured = await alternate(contenders, { rounds: rounds * slices, warmUp: warmUp * slices });
  return mapValues(measured, (values) =>
    Array.from({ length: rounds }, (_, round) => combine(values.slice(round * slices, (round + 1) * slices))),
  );
}

export function mapValues(record, map) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

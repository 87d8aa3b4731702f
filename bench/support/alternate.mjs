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

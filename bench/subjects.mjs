/** What is measured, in this order. Those with `withEngines` belong to `npm run bench:engines`. */
export const SUBJECTS = [
  { name: 'dispatch', file: 'dispatch.mjs' },
  { name: 'bystanders', file: 'bystanders.mjs' },
  { name: 'in-flight', file: 'in-flight.mjs' },
  { name: 'envelope', file: 'envelope.mjs' },
  { name: 'policies', file: 'policies.mjs' },
  { name: 'growth', file: 'growth.mjs' },
  { name: 'memory', file: 'memory.mjs' },
  { name: 'start-up', file: 'start-up.mjs' },
  { name: 'store-pglite', file: 'store.mjs', engine: 'pglite' },
  { name: 'work-off-pglite', file: 'work-off.mjs', engine: 'pglite' },
  { name: 'latency-pglite', file: 'latency.mjs', engine: 'pglite' },
  { name: 'memory-queued-pglite', file: 'memory-queued.mjs', engine: 'pglite' },
  { name: 'store-postgres', file: 'store.mjs', engine: 'postgres', withEngines: true },
  { name: 'store-redis', file: 'store.mjs', engine: 'redis', withEngines: true },
  { name: 'work-off-postgres', file: 'work-off.mjs', engine: 'postgres', withEngines: true },
  { name: 'work-off-redis', file: 'work-off.mjs', engine: 'redis', withEngines: true },
  { name: 'closed-loop', file: 'closed-loop.mjs', withEngines: true },
  { name: 'latency-postgres', file: 'latency.mjs', engine: 'postgres', withEngines: true },
  { name: 'latency-redis', file: 'latency.mjs', engine: 'redis', withEngines: true },
  { name: 'memory-queued-postgres', file: 'memory-queued.mjs', engine: 'postgres', withEngines: true },
  { name: 'memory-queued-redis', file: 'memory-queued.mjs', engine: 'redis', withEngines: true },
  { name: 'scale-workers', file: 'scale-workers.mjs', withEngines: true },
  { name: 'scale-listeners', file: 'scale-listeners.mjs', withEngines: true },
  { name: 'scale-network', file: 'scale-network.mjs', withEngines: true },
];

/** Those that names mean (of a subject, or of its file without the ending), or else all that do or do not need servers. */
export function chooseSubjects(names, withEngines) {
  const ofGroup = SUBJECTS.filter((subject) => (subject.withEngines ?? false) === withEngines);
  if (names.length === 0) return ofGroup;
  const chosen = names.flatMap((name) => {
    const named = SUBJECTS.filter((subject) => subject.name === name);
    const found = named.length > 0 ? named : ofGroup.filter(({ file }) => file === `${name}.mjs`);
    if (found.length === 0) {
      throw new Error(`There is no '${name}'; there are: ${SUBJECTS.map(({ name }) => name).join(', ')}`);
    }
    return found;
  });
  return [...new Set(chosen)];
}

/**
 * Declares tests that need something which not every machine has: skipped where there is a problem with it, which fails
 * in continuous integration.
 *
 * @param needed what is needed, such as 'a Redis server'
 */
export function describeNeeding(
  needed: string,
  problem: string | undefined,
  title: string,
  body: () => void,
): void {
  if (problem === undefined) {
    describe(title, body);
  } else if (process.env['CI'] === 'true') {
    describe(title, () => {
      it(`needs ${needed}`, () => {
        throw new Error(problem);
      });
    });
  } else {
    console.warn(`Skipped: ${title}. ${problem}`);
    describe.skip(title, body);
  }
}

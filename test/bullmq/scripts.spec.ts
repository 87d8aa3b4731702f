import { SCRIPTS } from '../../lib/bullmq/scripts/index.js';

/** What is run for each call of a script of BullMQ's that is part of one of ours. */
const BODIES = /^ {2}local body = function\(KEYS, ARGV\)$[^]*?^ {2}local keys = /gm;

const bodies = Object.values(SCRIPTS).flatMap((create) => create().match(BODIES) ?? []);

describe('The scripts of BullMQ, as parts of ours', () => {
  test('define their functions once, however often they are called', () => {
    expect(bodies.length).toBeGreaterThan(10);
    for (const body of bodies) expect(body).not.toMatch(/^local function /m);
  });

  test('are called with what they ask for', () => {
    expect(bodies.every((body) => body.includes('KEYS[') && body.includes('ARGV['))).toBe(true);
  });
});

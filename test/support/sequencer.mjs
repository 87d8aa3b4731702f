import Sequencer from '@jest/test-sequencer';

/** Where tests start processes and databases, or wait: what is left for the end keeps one processor idle. */
const SLOW = /[\\/](?:reliability|conformance|embedded)[\\/]/;

function isSlow({ path }) {
  return SLOW.test(path);
}

/** Begins with what takes long: where nothing is known of earlier runs, Jest begins with the largest files. */
export default class SlowFirst extends Sequencer {
  sort(tests) {
    // oxlint-disable-next-line no-array-sort -- not that of an array
    const sorted = super.sort(tests);
    return [...sorted.filter(isSlow), ...sorted.filter((test) => !isSlow(test))];
  }
}

import Sequencer from '@jest/test-sequencer';

/** Where tests start processes and databases, or wait: what is left for the end keeps one processor idle. */
const SLOW = /[\\/](?:reliability|conformance|embedded)[\\/]/;

function isSlow({ path }) {
  return SLOW.test(path);
}

/** Each has all that becomes of one engine, which takes longer than anything else. */
const SLOWEST = /[\\/]reliability[\\/](?:embedded|postgres|redis)\.spec\.ts$/;

function isSlowest({ path }) {
  return SLOWEST.test(path);
}

/** Begins with what takes long: where nothing is known of earlier runs, Jest begins with the largest files. */
export default class SlowFirst extends Sequencer {
  sort(tests) {
    // oxlint-disable-next-line no-array-sort -- not that of an array
    const sorted = super.sort(tests);
    const slow = sorted.filter(isSlow);
    const others = sorted.filter((test) => !isSlow(test));
    return [...slow.filter(isSlowest), ...slow.filter((test) => !isSlowest(test)), ...others];
  }
}

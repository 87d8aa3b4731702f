import type { CliIo } from '../cli-io.js';

const WIDTH = 30;

/** Shows how far something is, to whoever looks. */
export interface Progress {
  readonly report: (done: number, total: number) => void;
  /** Takes away what is not to stay. */
  readonly end: () => void;
}

/** A bar where a person is looking; a line now and then where a log is written. */
export function createProgress({ stderr }: CliIo): Progress {
  if (stderr.isTTY !== true) {
    return {
      report: (done, total) => void stderr.write(`${done} of ${total}\n`),
      end: () => undefined,
    };
  }
  let isShown = false;
  return {
    report: (done, total) => {
      isShown = true;
      const filled = total === 0 ? WIDTH : Math.round((done / total) * WIDTH);
      stderr.write(`\r[${'#'.repeat(filled).padEnd(WIDTH, '.')}] ${done}/${total}`);
    },
    end: () => {
      if (isShown) stderr.write('\r\u001b[K');
      isShown = false;
    },
  };
}

/** What has to be done in the end, the last first, whatever happens before. */
const tasks = [];

export function defer(task) {
  tasks.push(task);
}

/** Does all of it, although some of it may fail. */
export async function cleanUp() {
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
    try {
      await task();
    } catch (error) {
      console.error('not cleaned up:', error);
      process.exitCode = 1;
    }
  }
}

/** What is stored in one call at most: a statement for all of them would hold up what else there is to do. */
const AT_ONCE = 1000;

export async function storeMany(events, count, create, options) {
  for (let from = 0; from < count; from += AT_ONCE) {
    await events.dispatchMany(Array.from({ length: Math.min(AT_ONCE, count - from) }, create), options);
  }
}

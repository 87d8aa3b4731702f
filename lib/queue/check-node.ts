const [MIN_MAJOR, MIN_MINOR] = [22, 12];

/** What is wrong with the Node that this runs on, as far as what is tested with it goes. */
export function checkNode(version = process.versions.node): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MIN_MAJOR || (major === MIN_MAJOR && minor >= MIN_MINOR)
    ? undefined
    : `Node ${version} is older than ${MIN_MAJOR}.${MIN_MINOR}, the oldest that the queue and its engines are tested ` +
        `with; install a later one`;
}

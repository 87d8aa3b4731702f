const [MIN_MAJOR, MIN_MINOR] = [22, 12];

/** What is wrong with the Node that this runs on, as far as what is tested with it goes. */
export function checkNode(version = process.versions.node): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MIN_MAJOR || (major === MIN_MAJOR && minor >= MIN_MINOR)
    ? undefined
    : `Node ${version} is older than ${MIN_MAJOR}.${MIN_MINOR}, the oldest that the queue and its engines are tested ` +
        `with; install a later one`;
}

/** Why nothing of this works on the Node that this runs on; `undefined` where it does. */
export function checkMajorOfNode(version = process.versions.node): string | undefined {
  return Number.parseInt(version, 10) >= MIN_MAJOR
    ? undefined
    : `nestjs-event-drivers needs Node ${MIN_MAJOR}.${MIN_MINOR} or later; this is Node ${version}. Install a later one`;
}

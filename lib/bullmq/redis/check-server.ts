/** What BullMQ needs. */
const OLDEST_VERSION = [6, 2];

/** What a server says of itself. */
export type ServerFacts = ReadonlyMap<string, string>;

/** Looks for what makes a server less safe than it could be. @returns a sentence for each, with the remedy */
export function checkServer(facts: ServerFacts): string[] {
  const warnings: string[] = [];
  const policy = facts.get('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    warnings.push(
      `Redis has maxmemory-policy ${policy}: when its memory is full, it deletes deliveries without a word. Set ` +
        `maxmemory-policy noeviction.`,
    );
  }
  // Where it does not say, as a service in the cloud may not, there is nothing to say about it.
  if (facts.get('aof_enabled') === '0') {
    warnings.push(
      `Redis has no append-only file (appendonly no): what it has confirmed since its last snapshot is lost when it ` +
        `dies. Set appendonly yes.`,
    );
  }
  const version = facts.get('valkey_version') === undefined ? facts.get('redis_version') : undefined;
  if (version !== undefined && isOlder(version)) {
    warnings.push(`Redis ${version} is too old: update it to ${OLDEST_VERSION.join('.')} or newer.`);
  }
  return warnings;
}

/** Reads what the command INFO gives. */
export function readFacts(info: string): ServerFacts {
  const lines = info.split(/\r?\n/).map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1)];
  });
  return new Map(lines);
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_VERSION as [number, number];
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}

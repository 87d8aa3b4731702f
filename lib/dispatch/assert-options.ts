import type { DriverOptionName } from '../driver/driver.interface.js';
import type { RegisteredDriver } from '../driver/driver.registry.js';
import { UnsupportedOptionError } from '../errors/index.js';

/** @throws {@link UnsupportedOptionError} if the driver cannot honour one of the options */
export function assertOptions(
  eventName: string,
  names: readonly DriverOptionName[],
  { name: driverName, driver }: RegisteredDriver,
): void {
  const honoured = driver.capabilities?.options ?? [];
  const refused = names.find((name) => !honoured.includes(name));
  if (refused === undefined) return;
  throw new UnsupportedOptionError(
    driverName,
    refused,
    explainRefusal(eventName, refused, honoured, driverName),
  );
}

function explainRefusal(
  eventName: string,
  option: DriverOptionName,
  honoured: readonly string[],
  driverName: string,
): string {
  if (option === 'transaction') {
    return (
      `it does not store in a transaction. Deliver '${eventName}' by a QueueDriver on PostgreSQL (with the option ` +
      `driver: '${driverName}' it relays what is committed to this one), or say { transaction, afterCommit: true } to ` +
      `have it delivered by this driver once the transaction is committed`
    );
  }
  if (option === 'transactional') {
    return `it has no database to run a listener in a transaction of: that takes a QueueDriver on PostgreSQL`;
  }
  return honoured.length === 0
    ? `it takes no options. Deliver '${eventName}' by a driver that does, such as a QueueDriver`
    : `it honours ${honoured.join(', ')} only`;
}

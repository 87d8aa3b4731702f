import { readProperty } from '../../errors/thrown.js';
import { read } from './transaction-source.js';

const PACKAGE = '@nestjs-cls/transactional';

/** The part of `TransactionHost` that is used here. */
interface TransactionHost {
  isTransactionActive(): boolean;
  readonly tx: unknown;
}

interface TransactionHosts {
  getInstance(connectionName?: string): TransactionHost;

  /** Not part of what is public, so it may be gone some day. */
  readonly _instanceMap?: unknown;
}

let hosts: TransactionHosts | undefined;

/**
 * Loads `@nestjs-cls/transactional`, where it is installed.
 *
 * @returns whether it is
 */
export async function loadAmbientTransactions(): Promise<boolean> {
  hosts ??= await loadHosts();
  return hosts !== undefined;
}

/** How many hosts there were when there was none for a connection, by its name. */
const absent = new Map<string | undefined, number>();

/** What has the transactions of a connection. There is none until the application has registered the plugin. */
export function findAmbientHost(connectionName: string | undefined): TransactionHost | undefined {
  if (hosts === undefined) return undefined;
  const instances = getInstances(hosts);
  // To ask where there is none takes an error with its stack, a fifth of what a dispatch costs.
  if (instances !== undefined && instances.size === (absent.get(connectionName) ?? 0)) return undefined;
  try {
    return hosts.getInstance(connectionName);
  } catch {
    if (instances !== undefined) absent.set(connectionName, instances.size);
    return undefined;
  }
}

const NONE: readonly string[] = [];

/** The connections that there are transactions of; that without a name is `''`. */
export function getConnectionNames(): readonly string[] {
  const instances = hosts === undefined ? undefined : getInstances(hosts);
  // Where the application has no plugin for transactions, every dispatch asks.
  if (instances === undefined || instances.size === 0) return NONE;
  return [...instances.values()].map((host) => {
    const name = read(read(host, '_options'), 'connectionName');
    return typeof name === 'string' ? name : '';
  });
}

function getInstances({
  _instanceMap: instances,
}: TransactionHosts): ReadonlyMap<unknown, unknown> | undefined {
  return instances instanceof Map ? instances : undefined;
}

async function loadHosts(): Promise<TransactionHosts | undefined> {
  try {
    const module: unknown = await import(PACKAGE);
    const found = read(module, 'TransactionHost') ?? read(read(module, 'default'), 'TransactionHost');
    return found as TransactionHosts | undefined;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  const code = readProperty(error, 'code');
  const message = String(readProperty(error, 'message'));
  return (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && message.includes(PACKAGE);
}

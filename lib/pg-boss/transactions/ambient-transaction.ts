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

/**
 * The transaction that the caller runs in, as `@nestjs-cls/transactional` has it; `undefined` outside of
 * one. {@link loadAmbientTransactions} comes first.
 *
 * @param connectionName which one, where the application has several connections
 */
export function getAmbientTransaction(connectionName?: string): unknown {
  const host = hosts === undefined ? undefined : findHost(hosts, connectionName);
  return host?.isTransactionActive() === true ? host.tx : undefined;
}

/** There is none until the application has registered the plugin, and it may never do so. */
function findHost(found: TransactionHosts, connectionName: string | undefined): TransactionHost | undefined {
  const { _instanceMap: instances } = found;
  // To ask where there is none takes an error with its stack, a fifth of what a dispatch costs.
  if (instances instanceof Map && instances.size === 0) return undefined;
  try {
    return found.getInstance(connectionName);
  } catch {
    return undefined;
  }
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

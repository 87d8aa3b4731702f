import { describeThrown } from '../errors/describe-thrown.js';
import { getStack, readProperty } from '../errors/thrown.js';
import { maskSecrets } from '../utils/mask-secrets.js';
import { UsageError } from './usage.error.js';

/** What is short may be part of any word, and is none that keeps a secret. */
const SHORTEST_SECRET = 6;

/** One line for what went wrong, and what to do about it; with the stacks if asked for. */
export function describeFailure(error: unknown, isDetailed: boolean): string {
  if (error instanceof UsageError) return `${error.message}. See: event-drivers --help`;
  const line = describeThrown(error) + (isInUse(error) ? WAY_OUT : '');
  return isDetailed ? [line, ...listStacks(error)].join('\n') : line;
}

const WAY_OUT = ' To look into it while the application runs, use its service EventQueues.';

function isInUse(error: unknown): boolean {
  for (let cause = error; cause !== undefined && cause !== null; cause = readProperty(cause, 'cause')) {
    if (readProperty(cause, 'code') === 'EVENTS_EMBEDDED_IN_USE') return true;
  }
  return false;
}

function listStacks(error: unknown): string[] {
  const stacks: string[] = [];
  for (let cause = error; cause !== undefined && stacks.length < 8; cause = readProperty(cause, 'cause')) {
    const stack = getStack(cause);
    if (stack !== undefined) stacks.push(stacks.length === 0 ? stack : `caused by: ${stack}`);
  }
  return stacks;
}

/** The passwords that the command line was given, in an address or in the environment. */
export function findSecrets(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const addresses = [...args, env['DATABASE_URL'] ?? ''].map((text) => text.replace(/^--\w+=/, ''));
  const found = addresses.flatMap((text) => {
    if (!URL.canParse(text)) return [];
    const { password, username, hostname, pathname, searchParams } = new URL(text);
    const names = [username, hostname, pathname.slice(1)];
    return [password, decode(password), searchParams.get('password') ?? ''].filter(
      (secret) => !names.includes(secret),
    );
  });
  return [...new Set([...found, env['PGPASSWORD'] ?? ''])].filter(({ length }) => length >= SHORTEST_SECRET);
}

/** Replaces passwords, wherever an error has them from. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), maskSecrets(text));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

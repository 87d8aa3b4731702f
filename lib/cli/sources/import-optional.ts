import { readProperty } from '../../errors/thrown.js';

/** Imports what needs optional packages. What is missing is named, with the remedy. */
export async function importOptional<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const missing = findMissingPackage(error);
    if (missing === undefined) throw error;
    throw new Error(`it needs the package '${missing}', which is not installed: npm i ${missing}`, {
      cause: error,
    });
  }
}

function findMissingPackage(error: unknown): string | undefined {
  if (readProperty(error, 'code') !== 'ERR_MODULE_NOT_FOUND') return undefined;
  return /^Cannot find package '([^']+)'/.exec(String(readProperty(error, 'message')))?.[1];
}

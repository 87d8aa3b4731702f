import { chmodSync, mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { describeThrown } from '../../errors/describe-thrown.js';
import { InvalidOptionsError } from '../../errors/invalid-options.error.js';
import { readProperty } from '../../errors/thrown.js';
import { VERSION_FILE } from './has-database.js';

/** What is in a folder: nothing, a database, or one whose creation PGlite has begun and not ended. */
export type FolderState = 'empty' | 'database' | 'begun';

const OF_A_DATABASE = /^(?:PG_VERSION|base|global|pg_\w+(?:\.conf)?|postgresql(?:\.auto)?\.conf)$/;

/** Creates a folder with those above it, for this user only. @returns its real path */
export function createFolder(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return realpathSync.native(folder);
  } catch (error) {
    throw invalid(folder, explain(error));
  }
}

function explain(error: unknown): string {
  switch (readProperty(error, 'code')) {
    case 'EEXIST':
      return 'it is a file. Name a folder';
    case 'ENOTDIR':
      return 'it would be below a file. Name another folder';
    default:
      return `it cannot be created: ${describeThrown(error)}`;
  }
}

/** @throws InvalidOptionsError if something else is in it, which is left alone */
export function getState(folder: string): FolderState {
  const names = readdirSync(folder);
  if (names.length === 0) return 'empty';
  if (names.includes(VERSION_FILE)) return 'database';
  if (names.every((name) => OF_A_DATABASE.test(name))) return 'begun';
  throw invalid(folder, 'it is not empty, and what is in it is no database. Name a folder of its own');
}

/**
 * Takes the rights of others away: PGlite lets everyone read and write the files that it creates, so
 * the folder must keep them out.
 */
export function makePrivate(folder: string): void {
  // Windows has no such rights; there the folder has those of the one it is in.
  if (process.platform === 'win32' || isPrivate(folder)) return;
  try {
    chmodSync(folder, 0o700);
  } catch {
    // What counts is what it is now.
  }
  if (isPrivate(folder)) return;
  throw invalid(folder, 'other users can read it, and that cannot be changed: chmod 700 it');
}

export function invalid(folder: string, problem: string): InvalidOptionsError {
  return new InvalidOptionsError(`The folder '${folder}' of the embedded database`, [problem]);
}

function isPrivate(folder: string): boolean {
  return (statSync(folder).mode & 0o077) === 0;
}

import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StoreError } from 'nestjs-event-drivers';

/** Opens a file to be read and written, and creates it if need be. */
const READ_WRITE = constants.O_RDWR | constants.O_CREAT;

/** A file of which it is known how much is on the disk. */
export class JournalFile {
  private broken: unknown;

  private constructor(
    readonly path: string,
    private file: FileHandle,
    /** How many bytes of it are on the disk. */
    private length: number,
  ) {}

  /**
   * Opens a file.
   *
   * @param findLength is given what is in it, and says how much of that is to be kept, in bytes
   */
  static async open(path: string, findLength: (bytes: Buffer) => number): Promise<JournalFile> {
    // What a process was writing anew when it died is not what counts.
    await rm(toNext(path), { force: true });
    const file = await open(path, READ_WRITE, 0o600);
    try {
      const length = findLength(await readFile(file));
      await file.truncate(length);
      await file.sync();
      await syncFolder(path);
      return new JournalFile(path, file, length);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Whether it takes nothing more, since it is not known what is on the disk. */
  get isBroken(): boolean {
    return this.broken !== undefined;
  }

  /**
   * Resolves once the text is on the disk.
   *
   * @throws a `StoreError` that says whether it is certain that it is not
   */
  async append(text: string): Promise<void> {
    if (this.broken !== undefined) {
      throw new StoreError(this.path, 'not-stored', this.broken, 'restart the application');
    }
    const bytes = Buffer.from(text);
    try {
      await writeAll(this.file, bytes, this.length);
    } catch (error) {
      // The next line must not be glued to half of this one.
      await this.file.truncate(this.length).catch((failure: unknown) => (this.broken = failure));
      throw new StoreError(this.path, 'not-stored', error);
    }
    try {
      await this.file.datasync();
    } catch (error) {
      // After a sync that has failed, what the next one says of these bytes cannot be believed.
      this.broken = error;
      throw new StoreError(this.path, 'unknown', error);
    }
    this.length += bytes.length;
  }

  /** Puts a text in the place of all that is in the file. A crash leaves either behind as a whole, and so does an error. */
  async replace(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    const next = await open(toNext(this.path), READ_WRITE | constants.O_TRUNC, 0o600);
    try {
      await writeAll(next, bytes, 0);
      await next.sync();
      await rename(toNext(this.path), this.path);
    } catch (error) {
      await next.close();
      throw error;
    }
    const old = this.file;
    this.file = next;
    this.length = bytes.length;
    await old.close();
    // Until then, a crash may bring back the old file, without what is appended to the new one.
    await syncFolder(this.path).catch((error: unknown) => (this.broken = error));
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

function toNext(path: string): string {
  return `${path}.next`;
}

/** One write may write less than it was given. */
async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

/** That a file is there is written in its folder. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../settings.js';

/** Plays a post office, which is somewhere else: what it has sent is there after a crash of this process. */
@Injectable()
export class PostOffice {
  private isOpen = true;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  setOpen(isOpen: boolean): void {
    this.isOpen = isOpen;
  }

  async send(postcard: string, signal?: AbortSignal): Promise<void> {
    await delay(this.settings.sendingMs, undefined, { signal });
    if (!this.isOpen) throw new Error('The post office is closed');
    await mkdir(dirname(this.file), { recursive: true });
    await appendFile(this.file, `${postcard}\n`);
  }

  async listSent(): Promise<string[]> {
    const text = await readFile(this.file, 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  }

  private get file(): string {
    return join(this.settings.folder, 'sent.txt');
  }
}

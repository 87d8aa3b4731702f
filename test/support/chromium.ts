import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { describeNeeding } from './describe-needing.js';

/** The browser that tests use. */
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

const problem = existsSync(CHROMIUM)
  ? undefined
  : `There is no browser at ${CHROMIUM} (apt-get install chromium)`;

/** Declares tests that need a browser: skipped where there is none, which fails in continuous integration. */
export function describeBrowser(title: string, body: () => void): void {
  describeNeeding('a browser', problem, title, body);
}

/** Starts a browser without a window, and without all that it does over the network by itself. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      // It does not run as root otherwise.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

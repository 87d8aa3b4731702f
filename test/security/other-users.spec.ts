import { execFileSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { BaseEvent, OnEvent } from 'nestjs-event-drivers';
import { PgBossWorkerCreator } from 'nestjs-event-drivers/pg-boss';
import { closeApps } from '../support/app.js';
import { startQueue } from '../support/queue.js';
import { until } from '../support/until.js';

class Paid extends BaseEvent<{ card: string }> {}

@Injectable()
class Listener {
  heard = 0;

  @OnEvent(Paid)
  hear(): void {
    this.heard++;
  }
}

/** Why no other user can be had. */
const problem =
  process.platform === 'win32'
    ? 'Windows has no such rights'
    : process.getuid?.() === 0
      ? undefined
      : 'only root can become another user (runuser)';

/** What the other user makes of a file: a line that says what it could do, or nothing. */
const LOOK = `
for path in "$@"; do
  [ -d "$path" ] && ls "$path" > /dev/null 2>&1 && echo "listed $path"
  { true < "$path"; } 2> /dev/null && [ ! -d "$path" ] && echo "read $path"
  { true >> "$path"; } 2> /dev/null && echo "wrote $path"
done
{ true >> "$1/new"; } 2> /dev/null && echo "created $1/new"
echo done`;

function lookAsAnother(paths: readonly string[]): string[] {
  const shell = ['-u', 'nobody', '--', 'sh', '-c', LOOK, 'sh', ...paths];
  return execFileSync('runuser', shell, { encoding: 'utf8', maxBuffer: 1e8 }).trimEnd().split('\n');
}

if (problem !== undefined)
  console.warn(`Skipped: the files of an embedded database, as another user. ${problem}`);
const describeAsRoot = problem === undefined ? describe : describe.skip;

describeAsRoot('The files of an embedded database', () => {
  const parent = mkdtempSync(join(tmpdir(), 'other-users-'));
  // Others may go through the folder above it: what is in the way is the folder itself.
  chmodSync(parent, 0o755);
  afterAll(() => rmSync(parent, { recursive: true, force: true }));

  it('are neither listed, read nor written by another user, while it is open and after', async () => {
    const folder = join(parent, 'events');
    const creator = PgBossWorkerCreator.forRoot({ connection: { embedded: folder } });
    const { app, events } = await startQueue({ creator, uniqueName: () => 'queue' }, [Listener]);
    await events.dispatch(new Paid({ card: '4111' }));
    await until('it is heard', () => app.get(Listener).heard === 1);
    const list = (): string[] => [
      folder,
      `${folder}.lock`,
      ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    ];
    const files = list();
    expect(files.length).toBeGreaterThan(50);
    expect(lstatSync(folder).mode & 0o777).toBe(0o700);
    expect(lstatSync(`${folder}.lock`).mode & 0o777).toBe(0o600);
    expect(lookAsAnother(files)).toEqual(['done']);
    await closeApps();
    expect(lookAsAnother(list())).toEqual(['done']);
  });

  it('would be, were it not for the rights of the folder', () => {
    const open = mkdtempSync(join(parent, 'open-'));
    const file = join(open, 'file');
    writeFileSync(file, '');
    chmodSync(file, 0o666);
    chmodSync(open, 0o777);
    const could = [`listed ${open}`, `read ${file}`, `wrote ${file}`, `created ${open}/new`, 'done'];
    expect(lookAsAnother([open, file])).toEqual(could);
  });
});

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedDatabase } from '../../lib/pg-boss/embedded/index.js';
import { type Answer, Child } from '../pg-boss/embedded/support/child.js';
import { getKills } from '../support/load.js';
import { prepareTemplate } from '../support/template.js';
import { compileEmbedded } from '../pg-boss/embedded/support/compile-embedded.js';

const CONTENDERS = 50;
const ROUNDS = getKills(4);

const compiled = compileEmbedded();
const children = new Set<Child>();
let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'embedded-'));
});

afterEach(async () => {
  await Promise.all([...children].map(kill));
  rmSync(parent, { recursive: true });
});

afterAll(() => compiled.remove());

function start(script: string): Child {
  const child = new Child(script, [compiled.folder]);
  children.add(child);
  return child;
}

async function kill(child: Child): Promise<void> {
  children.delete(child);
  await child.kill();
}

/** Kills the winner of each round, so that those of the next contend for what it has left. */
async function contend(request: Answer, check: (winner: Answer, losers: Answer[]) => void): Promise<void> {
  for (let i = 0; i < CONTENDERS; i++) start('lock-child.mjs');
  for (let round = 0; round < ROUNDS; round++) {
    const answers = await Promise.all([...children].map((child) => child.ask(request)));
    const winners = answers.filter(({ won }) => won);
    expect(winners).toHaveLength(1);
    check(
      winners[0]!,
      answers.filter(({ won }) => !won),
    );
    await kill([...children].find(({ pid }) => pid === winners[0]!['pid'])!);
    start('lock-child.mjs');
  }
}

it('lets one of fifty processes have a folder, over and over, and tells the others which one', async () => {
  await contend({ folder: join(parent, 'database') }, (winner, losers) => {
    for (const { code, message, ownerPid, elapsedMs } of losers) {
      expect(code).toBe('EVENTS_EMBEDDED_IN_USE');
      expect(ownerPid).toBe(winner['pid']);
      expect(message).toContain(`process ${winner['pid'] as number} since`);
      expect(elapsedMs).toBeLessThan(2000);
    }
  });
});

it('lets one of fifty processes have a folder by the file alone, and leaves no other files', async () => {
  await contend({ folder: join(parent, 'database'), onlyFile: true }, (winner, losers) => {
    for (const { ownerPid } of losers) expect(ownerPid).toBe(winner['pid']);
  });
  expect(readdirSync(parent)).toEqual(['database.lock']);
});

it('loses nothing that was acknowledged, although others try to open the database and its owner is killed', async () => {
  const request = {
    folder: join(parent, 'database'),
    templateFolder: await prepareTemplate(),
    ledger: join(parent, 'ledger'),
  };
  for (let round = 0; round < 4; round++) {
    const contenders = Array.from({ length: 5 }, () => start('database-child.mjs'));
    const winner = await openAtOnce(contenders, request);
    await winner.hears('hasWritten');
    await Promise.all(contenders.map(kill));
  }

  const database = await openEmbeddedDatabase({ folder: request.folder, schema: 'pgboss', onError: fail });
  const { rows } = await database.db.executeSql('SELECT id FROM written');
  const stored = new Set(rows.map(({ id }: { id: string }) => id));
  await database.close();
  const acknowledged = readFileSync(request.ledger, 'utf8').trim().split('\n');
  expect(acknowledged.length).toBeGreaterThan(800);
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
});

async function openAtOnce(contenders: readonly Child[], request: Answer): Promise<Child> {
  for (const contender of contenders) contender.tell(request);
  const answers = await Promise.all(contenders.map((contender) => contender.hears('won')));
  const winners = contenders.filter((_, i) => answers[i]!['won']);
  expect(winners).toHaveLength(1);
  for (const { won, code, ownerPid, elapsedMs } of answers.filter(({ won }) => !won)) {
    expect({ won, code, ownerPid }).toEqual({
      won: false,
      code: 'EVENTS_EMBEDDED_IN_USE',
      ownerPid: winners[0]!.pid,
    });
    expect(elapsedMs).toBeLessThan(2000);
  }
  return winners[0]!;
}

function fail(error: unknown): void {
  throw error;
}

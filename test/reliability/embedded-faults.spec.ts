import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ChildApp, endChildren, LedgerFolder } from '../support/child-app.js';
import { findCorruption } from '../support/integrity.js';
import { getKills } from '../support/load.js';
import { createRandom } from '../support/random.js';
import { findProblem, itWith, SmallDisk } from '../support/small-disk.js';
import { folderStore } from '../support/stores.js';
import { until } from '../support/until.js';

const KILLS = getKills(4);
const random = createRandom('embedded faults');

let parent: string;
let ledgers: LedgerFolder;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'embedded-'));
  ledgers = new LedgerFolder();
});
afterEach(async () => {
  await endChildren();
  rmSync(parent, { recursive: true, force: true });
});

describe('An embedded database', () => {
  it('can be opened after each of many kills while it was being created', async () => {
    const readyAfter: number[] = [];
    for (let round = 0; round < KILLS; round++) {
      const store = { connection: { embedded: join(parent, `database-${round}`) } };
      const since = performance.now();
      const first = await ChildApp.spawn({ ledgers: ledgers.path, store });
      const ready = first.hears('ready').then(
        () => readyAfter.push(performance.now() - since),
        () => undefined,
      );
      // As long as a start takes, or as it took.
      const usualMs = readyAfter.at(-1) ?? 1000;
      await Promise.race([delay(random() * usualMs), ready]);
      await first.kill();
      await ready;
      const next = await ChildApp.start({ ledgers: ledgers.path, store });
      await next.dispatch({ dispatch: `r${round}`, parallel: 1, count: 1 });
      await until('it is done', () => ledgers.ids('done').includes(`r${round}-0`));
      await next.kill();
    }
    console.info(`kills ${KILLS}, of which after the start ${readyAfter.length}`);
    expect(readyAfter.length).toBeLessThan(KILLS / 2);
    expect(ledgers.ids('rejected')).toEqual([]);
  }, 300_000);

  it('is whole after its process was killed under load', async () => {
    const store = folderStore();
    for (let round = 0; round < getKills(1); round++) {
      const before = ledgers.ids('done').length;
      const child = await ChildApp.start({ ledgers: ledgers.path, store });
      child.tell({ dispatch: `r${round}`, parallel: 20 });
      await until('some are done', () => ledgers.ids('done').length > before + 100);
      await delay(random() * 200);
      await child.kill();
      expect(await findCorruption(store.connection.embedded)).toEqual([]);
    }
    const stored = new Set((await store.read()).map(({ task }) => task));
    expect(ledgers.ids('acked').filter((id) => !stored.has(id))).toEqual([]);
    store.remove();
  }, 600_000);
});

describe('The disk of an embedded database', () => {
  itWith(
    findProblem('strace', '-o', '/dev/null', 'true'),
    'is not waited for: nothing is synchronised to it',
    async () => {
      const store = folderStore();
      const child = await ChildApp.start({ ledgers: ledgers.path, store, workers: false });
      const calls = join(parent, 'calls');
      const tracer = spawn('strace', [
        '-f',
        '-p',
        String(child.pid),
        '-e',
        'fsync,fdatasync,msync',
        '-o',
        calls,
      ]);
      const [attached] = (await once(tracer.stderr, 'data')) as [Buffer];
      expect(attached.toString()).toContain('attached');
      await child.dispatch({ dispatch: 'a', parallel: 5, count: 100 });
      await child.kill();
      await once(tracer, 'exit');
      const synchronised = readFileSync(calls, 'utf8').match(/f(?:data)?sync\(/g) ?? [];
      // That of the ledger, for each that it records: a sign that calls are seen at all.
      expect(synchronised).toHaveLength(100);
      store.remove();
    },
  );

  const disk = new SmallDisk('90m');
  afterAll(async () => {
    await endChildren();
    disk.remove();
  });

  itWith(disk.problem, 'may be full: dispatches are refused, and nothing is lost', async () => {
    const folder = join(disk.path, 'database');
    mkdirSync(folder);
    const store = { connection: { embedded: folder } };
    const child = await ChildApp.start({ ledgers: ledgers.path, store, workers: false });
    // Which cannot be made smaller.
    const payload = { filler: randomBytes(40_000).toString('base64') };
    child.tell({ dispatch: 'a', parallel: 5, payload });
    await until('the disk is full', () => ledgers.ids('rejected').length > 0);
    disk.fill();
    await until('nothing can be stored', () => ledgers.ids('rejected').length > 50);
    const full = ledgers.read('rejected')[0]!;
    console.info(`acknowledged ${ledgers.ids('acked').length} before: ${full.note}`);
    disk.makeRoom();
    disk.grow('400m');
    const before = ledgers.ids('acked').length;
    await until('it stores again', () => ledgers.ids('acked').length > before + 50);
    await child.kill();
    expect(ledgers.ids('unhandled')).toEqual([]);

    const worker = await ChildApp.start({ ledgers: ledgers.path, store });
    await until('all are done', () => {
      const done = new Set(ledgers.ids('done'));
      return ledgers.ids('acked').every((id) => done.has(id));
    });
    await worker.kill();
    expect(await findCorruption(folder)).toEqual([]);
  });
});

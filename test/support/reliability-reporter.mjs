import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toMarkdown, toText } from './reliability-matrix.mjs';

/** Prints what the scenarios of durable drivers have shown of each engine, and writes it to a page if it is told. */
export default class ReliabilityReporter {
  #folder;

  onRunStart() {
    // Whatever has random numbers in this run has them from one seed, by which it can be repeated.
    process.env.RELIABILITY_SEED ||= String(Math.floor(Math.random() * 2 ** 31));
    this.#folder = mkdtempSync(join(tmpdir(), 'findings-'));
    process.env.RELIABILITY_FINDINGS = join(this.#folder, 'findings');
  }

  onRunComplete(_contexts, { numFailedTests }) {
    const findings = this.#read();
    rmSync(this.#folder, { recursive: true, force: true });
    const seed = process.env.RELIABILITY_SEED;
    // Where other reporters write, too: what Jest is asked for as JSON is on the other stream.
    if (findings.length > 0) process.stderr.write(`\n${toText(findings)}\n`);
    process.stderr.write(`RELIABILITY_SEED=${seed}\n`);
    const page = process.env.RELIABILITY_REPORT;
    if (page === undefined) return;
    if (numFailedTests > 0) console.error(`${page} is left as it is: ${numFailedTests} tests have failed.`);
    else writeFileSync(page, replaceMatrix(readFileSync(page, 'utf8'), toMarkdown(findings)));
  }

  #read() {
    const file = process.env.RELIABILITY_FINDINGS;
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line));
  }
}

const [BEGIN, END] = ['<!-- matrix: begin -->', '<!-- matrix: end -->'];

function replaceMatrix(page, matrix) {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`There is no '${BEGIN}' and '${END}' in the page.`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${matrix}\n${page.slice(end)}`;
}

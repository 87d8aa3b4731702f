import type { ConformanceRunner } from 'nestjs-event-drivers/testing';
import { record } from './matrix.js';

/** Runs the conformance suites, and has the matrix say how many of their tests hold. */
export class CountingRunner implements ConformanceRunner {
  private readonly suites: { title: string; declared: number; begun: number; passed: number }[] = [];
  private depth = 0;

  constructor(private readonly engine: string) {}

  readonly describe = (title: string, body: () => void): void => {
    if (this.depth === 0) this.suites.push({ title, declared: 0, begun: 0, passed: 0 });
    this.depth++;
    describe(title, body);
    this.depth--;
  };

  readonly it = (title: string, body: () => Promise<void>, timeoutMs: number): void => {
    const suite = this.suites.at(-1)!;
    suite.declared++;
    it(
      title,
      async () => {
        suite.begun++;
        await body();
        suite.passed++;
      },
      timeoutMs,
    );
  };

  readonly afterAll = (body: () => Promise<void>): void => {
    const suite = this.suites.at(-1)!;
    afterAll(async () => {
      await body();
      const { title, declared, begun, passed } = suite;
      // Of a part of them nothing follows.
      if (begun < declared) return;
      record({
        order: 0,
        area: 'Conformance',
        id: 'suite',
        title: `the conformance suite, ${title}`,
        engine: this.engine,
        status: passed >= declared ? 'holds' : 'broken',
        figure: `${passed} of ${declared} tests`,
      });
    });
  };
}

import type { ConformanceRunner } from 'nestjs-event-drivers/testing';

interface CollectedTest {
  readonly path: readonly string[];
  readonly body: () => Promise<void>;
}

/** Collects tests instead of running them, so that their failures can be looked at. */
export class CollectingRunner implements ConformanceRunner {
  private readonly tests: CollectedTest[] = [];
  private readonly endings: (() => Promise<void>)[] = [];
  private path: readonly string[] = [];

  readonly describe = (title: string, body: () => void): void => {
    const outer = this.path;
    this.path = [...outer, title];
    body();
    this.path = outer;
  };

  readonly it = (title: string, body: () => Promise<void>): void => {
    this.tests.push({ path: [...this.path, title], body });
  };

  readonly afterAll = (body: () => Promise<void>): void => {
    this.endings.push(body);
  };

  get areas(): readonly string[] {
    return [...new Set(this.tests.map(({ path }) => path[1]!))];
  }

  /** Runs the tests of an area until one fails. @returns its title and what it failed with */
  async findFailure(area: string): Promise<string | undefined> {
    try {
      for (const { path, body } of this.tests.filter(({ path }) => path[1] === area)) {
        try {
          await body();
        } catch (error) {
          return `${path.at(-1)}: ${String(error)}`;
        }
      }
      return undefined;
    } finally {
      for (const end of this.endings) await end();
    }
  }
}

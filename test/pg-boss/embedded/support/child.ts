import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What a child answers to a request. */
export type Answer = Record<string, unknown>;

/** A process of its own that does what it is asked to. */
export class Child {
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  /** What it has sent, and nobody has asked for yet. */
  readonly #heard: Answer[] = [];

  constructor(script: string, args: readonly string[]) {
    this.#process = fork(join(import.meta.dirname, script), [...args], {
      // Those of Jest are not meant for it.
      execArgv: [],
      env: { ...process.env, NODE_OPTIONS: '--no-warnings' },
    });
    this.#process.on('message', (message) => this.#heard.push(message as Answer));
    this.#exited = once(this.#process, 'exit');
  }

  get pid(): number {
    return this.#process.pid!;
  }

  tell(request: Answer): void {
    this.#process.send(request);
  }

  /** Tells it something. @returns what it answers */
  async ask(request: Answer): Promise<Answer> {
    const answer = this.hears('won');
    this.tell(request);
    return answer;
  }

  /** Waits for a message that has a certain property; rejects if the process ends instead. */
  async hears(property: string): Promise<Answer> {
    const found = this.#heard.find((message) => property in message);
    if (found !== undefined) {
      this.#heard.splice(this.#heard.indexOf(found), 1);
      return found;
    }
    await Promise.race([once(this.#process, 'message'), this.#exited.then(() => this.#refuse())]);
    return this.hears(property);
  }

  #refuse(): never {
    throw new Error(`Process ${this.pid} ended`);
  }

  /** Ends it as a power failure would, as far as a process can tell. */
  async kill(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) this.#process.kill('SIGKILL');
    await this.#exited;
  }
}

import type { IBaseEvent } from '../../index.js';

/** An event of which no more is known than what is stored of it. */
export class StoredEvent implements IBaseEvent {
  constructor(
    private readonly name: string,
    private readonly id: string,
    private readonly payload: unknown,
  ) {}

  getName(): string {
    return this.name;
  }

  getId(): string {
    return this.id;
  }

  getPayload(): unknown {
    return this.payload;
  }

  execute(): Promise<void> {
    return Promise.reject(new Error(`Event '${this.name}' is known from its store only.`));
  }
}

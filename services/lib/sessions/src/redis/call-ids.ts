import { randomBytes } from 'node:crypto';

/** Names calls, so that Redis knows one that it gets twice. Letters and digits only: Lua looks for them by pattern. */
export class CallIds {
  /** 64 random bits for each process. */
  readonly process = randomBytes(8).toString('hex');
  #calls = 0;

  /** Counts the calls of this process from 1. */
  nextNumber(): number {
    this.#calls += 1;
    return this.#calls;
  }

  next(): string {
    return `${this.process}_${this.nextNumber()}`;
  }
}

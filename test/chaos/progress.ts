import type { SessionRun } from './session-runs.ts';

const EVERY_MS = 10_000;

/** Says on standard error, now and then, how far a run is. */
export class Progress implements Disposable {
  #open = 0;
  #done = 0;
  #failed = 0;
  #resumes = 0;
  #faults = 0;
  #phase = 'starting the cluster';
  readonly #began = performance.now();
  readonly #note: (text: string) => void;
  readonly #timer: NodeJS.Timeout;

  constructor(note: (text: string) => void) {
    this.#note = note;
    this.#timer = setInterval(() => this.say(), EVERY_MS);
  }

  phase(name: string): void {
    this.#phase = name;
    this.#done = 0;
    this.say();
  }

  begun(): void {
    this.#open++;
  }

  ended({ attachments }: SessionRun, passed: boolean): void {
    this.#open--;
    this.#done++;
    if (!passed) this.#failed++;
    this.#resumes += Math.max(0, attachments.length - 1);
  }

  fault(name: string): void {
    this.#faults++;
    this.#note(`${this.#seconds} s: fault ${this.#faults}: ${name}`);
  }

  say(): void {
    this.#note(
      `${this.#seconds} s: ${this.#phase}: ${this.#open} sessions open, ${this.#done} done, ${this.#failed} failed, ` +
        `${this.#resumes} resumes, ${this.#faults} faults`,
    );
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  get #seconds(): number {
    return Math.round((performance.now() - this.#began) / 1000);
  }
}

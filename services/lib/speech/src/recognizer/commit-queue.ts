import type { Samples } from '@verbatim/contracts';
import type { PendingCommit, RecognizerOutput } from './output.ts';

/** A step forward before it is known what was said until then. */
type Output = PendingCommit | Extract<RecognizerOutput, { type: 'failed' }>;

interface Slot {
  /** Where in the audio the recogniser stood when it asked. */
  readonly position: Samples;
  output: Output | undefined;
}

/** Keeps commits in the order of the audio, although decodes finish in any order. */
export class CommitQueue {
  readonly #emit: (output: Output) => void;
  readonly #slots: Slot[] = [];
  #waiting: { readonly slot: Slot; enough(): boolean; resolve(): void }[] = [];

  constructor(emit: (output: Output) => void) {
    this.#emit = emit;
  }

  get empty(): boolean {
    return this.#slots.length === 0;
  }

  /** Position of the oldest step not yet emitted; undefined if there is none. */
  get oldest(): Samples | undefined {
    return this.#slots[0]?.position;
  }

  /** Resolves when all that has a place now was emitted, or with an emission after which `enough` holds; never after a failure. */
  settled(enough: () => boolean = () => false): Promise<void> {
    const slot = this.#slots.at(-1);
    if (slot === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ slot, enough, resolve }));
  }

  /** Lets nobody who waits go on: what they would do next is not wanted any more. */
  abandon(): void {
    this.#waiting = [];
  }

  /** Takes the next place; `output` may still be on its way. Emission stops after a failure. */
  add(position: Samples, output: Output | Promise<Output>): void {
    const slot: Slot = { position, output: undefined };
    this.#slots.push(slot);
    const settle = (value: Output) => {
      slot.output = value;
      this.#drain();
    };
    if (!(output instanceof Promise)) settle(output);
    else {
      output.then(settle, (error: unknown) => {
        settle({ type: 'failed', error: error instanceof Error ? error : new Error(String(error)) });
      });
    }
  }

  #drain(): void {
    while (this.#slots[0]?.output !== undefined) {
      const { output } = this.#slots[0];
      const slot = this.#slots.shift();
      if (output.type === 'failed') {
        this.#slots.length = 0;
        this.abandon();
      }
      this.#emit(output);
      this.#waiting = this.#waiting.filter((waiting) => {
        const done = waiting.slot === slot || waiting.enough();
        if (done) waiting.resolve();
        return !done;
      });
    }
  }
}

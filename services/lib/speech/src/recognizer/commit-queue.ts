import type { Samples } from '@verbatim/contracts';
import type { RecognizerOutput } from './output.ts';

type Output = Exclude<RecognizerOutput, { type: 'show' }>;

interface Slot {
  /** Where in the audio the recogniser stood when it asked. */
  readonly position: Samples;
  output: Output | undefined;
}

/** Keeps commits in the order of the audio, although decodes finish in any order. */
export class CommitQueue {
  readonly #emit: (output: Output) => void;
  readonly #slots: Slot[] = [];

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
      if (output.type === 'failed') this.#slots.length = 0;
      else this.#slots.shift();
      this.#emit(output);
    }
  }
}

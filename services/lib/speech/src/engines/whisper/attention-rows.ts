import type { Alignment } from './word-times.ts';

/** [rows, heads, length, frames], as the decoder gives it. */
export interface AlignmentTensor {
  readonly attention: Float32Array;
  readonly length: number;
  readonly frames: number;
}

/** Gathers the alignment heads' attention of one decode, step by step. */
export class AttentionRows {
  readonly #heads: number;
  readonly #frames: number;
  readonly #rows: Float32Array[] = [];

  /** @param frames those of the audio itself, without padding. */
  constructor(heads: number, frames: number) {
    this.#heads = heads;
    this.#frames = frames;
  }

  /** Keeps the attention of the step at `place` of the batch's row `row`. */
  push({ attention, length, frames }: AlignmentTensor, row: number, place: number): void {
    const kept = new Float32Array(this.#heads * this.#frames);
    for (let head = 0; head < this.#heads; head++) {
      const from = ((row * this.#heads + head) * length + place) * frames;
      kept.set(attention.subarray(from, from + this.#frames), head * this.#frames);
    }
    this.#rows.push(kept);
  }

  /** The first `count` rows; fewer if there are not so many, as after a decode that was cut. */
  rows(count: number): Alignment {
    const rows = Math.min(count, this.#rows.length);
    const size = this.#heads * this.#frames;
    const attention = new Float32Array(rows * size);
    for (let row = 0; row < rows; row++) attention.set(this.#rows[row]!, row * size);
    return { attention, rows, heads: this.#heads, frames: this.#frames };
  }
}

/** [rows, heads, length, frames], as the decoder gives it. */
export interface AlignmentTensor {
  readonly attention: Float32Array;
  readonly length: number;
  readonly frames: number;
}

/** Attention of the alignment heads as word times are read from it: [heads, rows, frames]. */
export interface Attention {
  readonly attention: Float32Array;
  readonly heads: number;
  readonly rows: number;
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

  /** All rows that were kept, in order. */
  all(): Attention {
    const [rows, heads, frames] = [this.#rows.length, this.#heads, this.#frames];
    const attention = new Float32Array(heads * rows * frames);
    for (const [row, kept] of this.#rows.entries()) {
      for (let head = 0; head < heads; head++) {
        attention.set(kept.subarray(head * frames, (head + 1) * frames), (head * rows + row) * frames);
      }
    }
    return { attention, heads, rows, frames };
  }
}

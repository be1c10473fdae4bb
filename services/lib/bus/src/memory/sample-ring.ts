import type { Samples } from '@verbatim/contracts';

/** Half a second a block: one allocation for some ten chunks, and at most 16 kB that are not in use. */
const BLOCK_SAMPLES = 8_000;

/** Samples without a hole; `pcm16` is a view of its block and grows in place. */
interface Run {
  readonly start: Samples;
  pcm16: Int16Array;
}

/**
 * The newest audio of one session. Samples are copied once, into blocks that are never reused, so a view given to a
 * reader stays as it is for as long as the reader keeps it, also after the ring has let go of it.
 */
export class SampleRing {
  readonly #capacity: Samples;
  readonly #runs: Run[] = [];
  #block = new Int16Array(0);
  #blockUsed = 0;
  #head: Samples = 0;

  /** Holds all audio of the last `capacity` samples before the head, and less than half a second more. */
  constructor(capacity: Samples) {
    this.#capacity = capacity;
  }

  /** The sample after the last one appended. */
  get head(): Samples {
    return this.#head;
  }

  /** Copies the samples that lie at or past the head; true if there were any. */
  append(firstSample: Samples, pcm16: Int16Array): boolean {
    const fresh = firstSample < this.#head ? pcm16.subarray(this.#head - firstSample) : pcm16;
    if (fresh.length === 0) return false;
    const start = Math.max(firstSample, this.#head);
    for (let done = 0; done < fresh.length; ) {
      if (this.#blockUsed === this.#block.length) this.#startBlock();
      const piece = fresh.subarray(done, done + this.#block.length - this.#blockUsed);
      this.#write(start + done, piece);
      done += piece.length;
    }
    this.#evict();
    return true;
  }

  /**
   * A view of the audio from the first held sample at or after `from` up to the next hole, the end of its block or
   * `until`, whichever comes first; null if nothing is held there.
   */
  read(from: Samples, until: Samples): { readonly firstSample: Samples; readonly pcm16: Int16Array } | null {
    const run = this.#runs[this.#firstRunEndingAfter(from)];
    if (run === undefined) return null;
    const firstSample = Math.max(from, run.start);
    if (firstSample >= until) return null;
    return { firstSample, pcm16: run.pcm16.subarray(firstSample - run.start, until - run.start) };
  }

  #startBlock(): void {
    this.#block = new Int16Array(BLOCK_SAMPLES);
    this.#blockUsed = 0;
  }

  #write(start: Samples, piece: Int16Array): void {
    this.#block.set(piece, this.#blockUsed);
    const last = this.#runs.at(-1);
    const continues = last !== undefined && this.#blockUsed > 0 && last.start + last.pcm16.length === start;
    const viewStart = continues ? this.#blockUsed - last.pcm16.length : this.#blockUsed;
    this.#blockUsed += piece.length;
    const view = this.#block.subarray(viewStart, this.#blockUsed);
    if (continues) last.pcm16 = view;
    else this.#runs.push({ start, pcm16: view });
    this.#head = start + piece.length;
  }

  #evict(): void {
    const expired = this.#firstRunEndingAfter(this.#head - this.#capacity);
    if (expired > 0) this.#runs.splice(0, expired);
  }

  #firstRunEndingAfter(sample: Samples): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const run = this.#runs[middle]!;
      if (run.start + run.pcm16.length > sample) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

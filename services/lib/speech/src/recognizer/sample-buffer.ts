import type { Samples } from '@verbatim/contracts';

/** Contiguous samples addressed by audio time: appended at the end, dropped at the start. */
export class SampleBuffer {
  #samples = new Int16Array(16_384);
  /** Index in `#samples` of the first sample held. */
  #offset = 0;
  #start: Samples = 0;
  #length = 0;

  /** The first sample held. */
  get start(): Samples {
    return this.#start;
  }

  /** The sample after the last one held. */
  get end(): Samples {
    return this.#start + this.#length;
  }

  /** Empties it; the next sample appended is at `start`. */
  reset(start: Samples): void {
    this.#offset = 0;
    this.#length = 0;
    this.#start = start;
  }

  append(samples: Int16Array): void {
    this.#makeRoom(samples.length);
    this.#samples.set(samples, this.#offset + this.#length);
    this.#length += samples.length;
  }

  dropBefore(sample: Samples): void {
    const count = Math.min(this.#length, Math.max(0, sample - this.#start));
    this.#start += count;
    this.#offset += count;
    this.#length -= count;
  }

  /** A copy of the samples from `from` up to `to`; those not held are zero. */
  copy(from: Samples, to: Samples): Int16Array {
    const out = new Int16Array(Math.max(0, to - from));
    const first = Math.max(from, this.#start);
    const last = Math.min(to, this.end);
    if (first < last) {
      const at = this.#offset + first - this.#start;
      out.set(this.#samples.subarray(at, at + last - first), first - from);
    }
    return out;
  }

  #makeRoom(count: number): void {
    const needed = this.#length + count;
    if (this.#offset + needed <= this.#samples.length) return;
    const shrinkable = this.#samples.length > 65_536 && needed < this.#samples.length / 4;
    const capacity =
      needed > this.#samples.length || shrinkable ? 2 ** Math.ceil(Math.log2(needed * 1.5)) : this.#samples.length;
    const held = this.#samples.subarray(this.#offset, this.#offset + this.#length);
    if (capacity === this.#samples.length) this.#samples.copyWithin(0, this.#offset, this.#offset + this.#length);
    else {
      const grown = new Int16Array(capacity);
      grown.set(held);
      this.#samples = grown;
    }
    this.#offset = 0;
  }
}

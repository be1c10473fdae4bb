import { msFromSamples, type Samples } from '@verbatim/contracts';

/** How fast a device's clock may run against ours without being noticed, in milliseconds a second: 200 ppm. */
const DRIFT = 0.2;

/**
 * Says when a sample was heard. Blocks come late by some milliseconds, now more and now less, but never early: the one
 * that was quickest tells where the samples stand. Times are those of `performance.now()`.
 */
export class CaptureClock {
  /** When sample 0 was heard, as far as is known; null before the first block. */
  #start: number | null = null;
  #notedAt = 0;

  /** All samples before `sample` have come, at `now`. */
  note(sample: Samples, now: number): void {
    const start = now - msFromSamples(sample);
    const drifted = this.#start === null ? start : this.#start + ((now - this.#notedAt) / 1000) * DRIFT;
    this.#start = Math.min(start, drifted);
    this.#notedAt = now;
  }

  /** Null before the first block. */
  timeOf(sample: Samples): number | null {
    return this.#start === null ? null : this.#start + msFromSamples(sample);
  }
}

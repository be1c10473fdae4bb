import { msFromSamples, type Samples } from '@verbatim/contracts';

/** Blocks older than one or two of these say nothing on where samples stand now. */
const WINDOW_MS = 5_000;

/**
 * Says when a sample was heard. Blocks come late by some milliseconds, now more and now less, but never early: the one
 * that was quickest lately tells where the samples stand. Only lately, as a device's clock may run otherwise than ours, and
 * a device may stand still for a while. Times are those of `performance.now()`.
 */
export class CaptureClock {
  /** When sample 0 was heard, going by the quickest block of this window and of the one before. */
  #start = Infinity;
  #startBefore = Infinity;
  #windowBegan = -Infinity;

  /** All samples before `sample` have come, at `now`. */
  note(sample: Samples, now: number): void {
    if (now - this.#windowBegan > WINDOW_MS) {
      this.#startBefore = this.#start;
      this.#start = Infinity;
      this.#windowBegan = now;
    }
    this.#start = Math.min(this.#start, now - msFromSamples(sample));
  }

  /** Null before the first block. */
  timeOf(sample: Samples): number | null {
    const start = Math.min(this.#start, this.#startBefore);
    return start === Infinity ? null : start + msFromSamples(sample);
  }
}

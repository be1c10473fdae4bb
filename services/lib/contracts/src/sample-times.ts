import { SAMPLE_RATE, type Samples } from './audio-time.ts';

/** Audio that is remembered at the least: longer than any utterance. */
const REMEMBERED: Samples = 60 * SAMPLE_RATE;

/** When each part of a session's audio passed a place, for the last minute or two of it. */
export class SampleTimes {
  /** Of each chunk, in order: the sample behind it, and when it passed. */
  #heads: Samples[] = [];
  #times: number[] = [];
  /** Of audio before it nothing is known. */
  #from: Samples;

  /** @param from the first sample that will pass */
  constructor(from: Samples = 0) {
    this.#from = from;
  }

  /** All audio before `head` has passed, at `time`; what had passed before keeps its time. */
  passed(head: Samples, time: number): void {
    if (head <= (this.#heads.at(-1) ?? this.#from)) return;
    // Chunks of one moment are as one: a client that sends sample by sample makes this no larger.
    if (this.#times.at(-1) === time) {
      this.#heads[this.#heads.length - 1] = head;
      return;
    }
    this.#heads.push(head);
    this.#times.push(time);
    if (this.#heads[0]! < head - 2 * REMEMBERED) this.#forgetBefore(head - REMEMBERED);
  }

  /** Moments that are remembered. */
  get size(): number {
    return this.#times.length;
  }

  /** When the chunk with `sample` in it passed; null where that is not known, or has not happened. */
  of(sample: Samples): number | null {
    if (sample < this.#from) return null;
    let low = 0;
    let high = this.#heads.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#heads[middle]! > sample) high = middle;
      else low = middle + 1;
    }
    return this.#times[low] ?? null;
  }

  #forgetBefore(sample: Samples): void {
    this.#from = sample;
    const from = this.#heads.findIndex((head) => head > sample);
    this.#heads = this.#heads.slice(from);
    this.#times = this.#times.slice(from);
  }
}

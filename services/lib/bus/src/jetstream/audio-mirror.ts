import { SAMPLE_RATE, type Samples } from '@verbatim/contracts';
import type { MarkRecord } from './audio-codec.ts';

export type MirrorEntry =
  | { readonly type: 'audio'; readonly firstSample: Samples; readonly pcm16: Int16Array }
  | ({ readonly type: 'mark' } & MarkRecord);

/** A second is kept before the committed sample, as far back as a reader may start. */
const KEPT_BEFORE_COMMITTED: Samples = SAMPLE_RATE;
const PIECE_SAMPLES: Samples = SAMPLE_RATE / 2;

/** What a process wrote of one session and is not committed yet, in order: what a log that lost its memory needs again. */
export class AudioMirror {
  readonly #ringSamples: Samples;
  #entries: MirrorEntry[] = [];
  #keepFrom: Samples = 0;

  constructor(ringSamples: Samples) {
    this.#ringSamples = ringSamples;
  }

  /** Entries held; for tests of its bounds. */
  get size(): number {
    return this.#entries.length;
  }

  add(entry: MirrorEntry): void {
    this.#entries.push(entry);
    this.#forgetBefore(endOf(entry) - this.#ringSamples);
  }

  committed(sample: Samples): void {
    this.#forgetBefore(sample - KEPT_BEFORE_COMMITTED);
  }

  /**
   * What lies after a place in the log, in order: audio from `head` on in pieces of up to half a second, so that writing
   * again takes few messages, and marks that come after the one of that index.
   */
  *after(head: Samples, index: number): Generator<MirrorEntry, void, undefined> {
    let run: Int16Array[] = [];
    let start = head;
    let end = head;
    for (const entry of [...this.#entries]) {
      if (entry.type === 'mark') {
        if (entry.index <= index) continue;
        if (run.length > 0) yield { type: 'audio', firstSample: start, pcm16: joined(run) };
        run = [];
        yield entry;
        continue;
      }
      const first = Math.max(entry.firstSample, head);
      const fresh = entry.pcm16.subarray(first - entry.firstSample);
      if (fresh.length === 0) continue;
      if (run.length > 0 && (first !== end || end + fresh.length - start > PIECE_SAMPLES)) {
        yield { type: 'audio', firstSample: start, pcm16: joined(run) };
        run = [];
      }
      if (run.length === 0) start = first;
      run.push(fresh);
      end = first + fresh.length;
    }
    if (run.length > 0) yield { type: 'audio', firstSample: start, pcm16: joined(run) };
  }

  #forgetBefore(sample: Samples): void {
    this.#keepFrom = Math.max(this.#keepFrom, sample);
    const kept = this.#entries.findIndex((entry) => endOf(entry) > this.#keepFrom || isMarkAt(entry, this.#keepFrom));
    if (kept !== 0) this.#entries.splice(0, kept < 0 ? this.#entries.length : kept);
  }
}

const endOf = (entry: MirrorEntry): Samples =>
  entry.type === 'mark' ? entry.at : entry.firstSample + entry.pcm16.length;

const isMarkAt = (entry: MirrorEntry, sample: Samples): boolean => entry.type === 'mark' && entry.at === sample;

const joined = (pieces: readonly Int16Array[]): Int16Array => {
  const whole = new Int16Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
};

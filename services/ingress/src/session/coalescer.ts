import type { Samples } from '@verbatim/contracts';

/** 16 kHz mono samples at their place in audio time. */
export interface PlacedAudio {
  readonly at: Samples;
  readonly pcm16: Int16Array;
}

/** The most that goes out at once: 100 ms. */
export const MAX_CHUNK: Samples = 1_600;

/**
 * Gathers audio of any chunk size into chunks of at least `minChunk` and at most MAX_CHUNK samples. Pure: whoever holds
 * it decides when a rest goes out.
 */
export class Coalescer {
  readonly #minChunk: Samples;
  #parts: Int16Array[] = [];
  #start: Samples = 0;
  #length = 0;

  constructor(minChunk: Samples) {
    this.#minChunk = minChunk;
  }

  /** Samples that wait for more. */
  get pending(): number {
    return this.#length;
  }

  /** Takes audio in and returns what is due; a hole before `audio` sends the rest before it out as it is. */
  add(audio: PlacedAudio): PlacedAudio[] {
    if (audio.pcm16.length === 0) return [];
    const due = this.#length > 0 && audio.at !== this.#start + this.#length ? this.flush() : [];
    if (this.#length === 0) this.#start = audio.at;
    this.#parts.push(audio.pcm16);
    this.#length += audio.pcm16.length;
    return this.#length < this.#minChunk ? due : [...due, ...this.#take(this.#minChunk)];
  }

  /** All that is left, however short. */
  flush(): PlacedAudio[] {
    return this.#take(1);
  }

  /** Chunks of at most the greatest size while at least `least` samples are there. */
  #take(least: number): PlacedAudio[] {
    if (this.#length < least) return [];
    const all = this.#parts.length === 1 ? this.#parts[0]! : concat(this.#parts, this.#length);
    const due: PlacedAudio[] = [];
    let offset = 0;
    while (all.length - offset >= least) {
      const end = Math.min(all.length, offset + MAX_CHUNK);
      due.push({ at: this.#start + offset, pcm16: all.slice(offset, end) });
      offset = end;
    }
    this.#parts = offset < all.length ? [all.slice(offset)] : [];
    this.#start += offset;
    this.#length = all.length - offset;
    return due;
  }
}

const concat = (parts: readonly Int16Array[], length: number): Int16Array => {
  const all = new Int16Array(length);
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
};

/** Numbers that look random and are the same for the same seed: a decode that is done again gives the same text. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to below 1. Mulberry32 (Tommy Ettinger, public domain). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** A number that stands for a stretch of audio. FNV-1a over its samples as 16-bit numbers. */
export function audioSeed(audio: Float32Array): number {
  let hash = 0x811c9dc5;
  for (const sample of audio) hash = Math.imul(hash ^ (Math.round(sample * 32_767) & 0xffff), 0x01000193);
  return hash >>> 0;
}

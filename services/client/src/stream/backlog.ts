import { BYTES_PER_SAMPLE } from '@verbatim/audio';
import { type AudioFormat, SAMPLE_RATE, type Samples } from '@verbatim/contracts';

const ROUNDING_FRAMES = 2;

/**
 * The audio that a client may still have to send, again or for the first time: everything behind what the server has
 * acknowledged. Positions are bytes since the session's first one.
 */
export class Backlog {
  readonly #format: AudioFormat;
  readonly #frameBytes: number;
  #chunks: Uint8Array[] = [];
  /** Position of the first byte held. */
  #start = 0;
  #held = 0;
  #cursor = 0;

  constructor(format: AudioFormat) {
    this.#format = format;
    this.#frameBytes = BYTES_PER_SAMPLE[format.encoding] * format.channelCount;
  }

  /** Seconds of audio held. */
  get seconds(): number {
    return this.#held / (this.#frameBytes * this.#format.sampleRateHertz);
  }

  /** Position behind the last byte taken in. */
  get end(): number {
    return this.#start + this.#held;
  }

  /** Position of the next byte to send. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Whether everything was given out, but for what a position loses by rounding between two sample rates. */
  get isSpent(): boolean {
    return this.end - this.#cursor <= ROUNDING_FRAMES * this.#frameBytes;
  }

  /** Keeps `bytes`, which must not be changed afterwards. */
  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#held += bytes.length;
  }

  /** Up to `most` bytes to be sent next, of one of the pieces that were taken in; null if all were given out. */
  next(most: number): Uint8Array | null {
    let at = this.#start;
    for (const chunk of this.#chunks) {
      if (this.#cursor < at + chunk.length) {
        const bytes = chunk.subarray(this.#cursor - at, this.#cursor - at + most);
        this.#cursor += bytes.length;
        return bytes;
      }
      at += chunk.length;
    }
    return null;
  }

  /** The server has everything before `sample`: it need not be held. */
  acknowledge(sample: Samples): void {
    const position = this.#positionOf(sample);
    for (let first = this.#chunks[0]; first !== undefined; first = this.#chunks[0]) {
      if (this.#start + first.length > Math.min(position, this.#cursor)) return;
      this.#chunks.shift();
      this.#start += first.length;
      this.#held -= first.length;
    }
  }

  /** The server goes on from `sample`: what lies behind it is sent again. False if some of that is no longer held. */
  rewind(sample: Samples): boolean {
    const position = this.#positionOf(sample);
    this.#cursor = Math.min(Math.max(position, this.#start), this.end);
    return position >= this.#start;
  }

  #positionOf(sample: Samples): number {
    return Math.round((sample * this.#format.sampleRateHertz) / SAMPLE_RATE) * this.#frameBytes;
  }
}

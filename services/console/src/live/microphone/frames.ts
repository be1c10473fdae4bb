import { Resampler } from '@verbatim/audio';

/** Samples of a frame that is sent: 80 ms at 16 kHz. */
export const FRAME_SAMPLES = 1_280;

/**
 * Cuts what a microphone gives at its own rate into frames of 80 ms of 16-bit samples at 16 kHz, as they go over the
 * wire (little-endian).
 */
export class Frames {
  readonly #resampler: Resampler;
  readonly #onFrame: (frame: Uint8Array) => void;
  #frame = new DataView(new ArrayBuffer(FRAME_SAMPLES * 2));
  #filled = 0;

  /** @param rate in hertz, 8000 to 48000 */
  constructor(rate: number, onFrame: (frame: Uint8Array) => void) {
    this.#resampler = new Resampler(rate);
    this.#onFrame = onFrame;
  }

  /** Takes mono samples from -1 to 1. */
  push(block: Float32Array): void {
    for (const sample of this.#resampler.push(block)) {
      const clipped = Math.max(-1, Math.min(1, sample));
      this.#frame.setInt16(2 * this.#filled, Math.round(clipped * 32_767), true);
      if (++this.#filled === FRAME_SAMPLES) this.#send();
    }
  }

  /** Gives out what is left, a shorter frame. */
  flush(): void {
    if (this.#filled > 0) this.#send();
  }

  #send(): void {
    this.#onFrame(new Uint8Array(this.#frame.buffer, 0, 2 * this.#filled));
    this.#frame = new DataView(new ArrayBuffer(FRAME_SAMPLES * 2));
    this.#filled = 0;
  }
}

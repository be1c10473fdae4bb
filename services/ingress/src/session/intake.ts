import { AudioNormalizer, BYTES_PER_SAMPLE } from '@verbatim/audio';
import { type AudioFormat, SAMPLE_RATE, type Samples } from '@verbatim/contracts';
import type { PlacedAudio } from './coalescer.ts';

/** A position that the client computed from another rate may be off by its rounding: this much is no hole and no overlap. */
const ROUNDING: Samples = 1;

/**
 * The client's bytes as 16 kHz mono samples, each at its place in audio time. Bytes without a place follow the ones
 * before them; a place before the head marks audio sent twice, of which only the new part is kept; a place past the
 * head is a hole that the client declares.
 */
export class AudioIntake {
  readonly #format: AudioFormat;
  readonly #bytesPerFrame: number;
  #normalizer: AudioNormalizer;
  /** The audio time at which the normaliser's input began, and the bytes it has been given. */
  #base: Samples;
  #bytesIn = 0;

  /** `head`: the audio time of the first sample to come. */
  constructor(format: AudioFormat, head: Samples) {
    this.#format = format;
    this.#bytesPerFrame = BYTES_PER_SAMPLE[format.encoding] * format.channelCount;
    this.#normalizer = new AudioNormalizer(format);
    this.#base = head;
  }

  /** The audio time of the next sample that the client has not sent yet. */
  get head(): Samples {
    return this.#base + this.#normalizer.received;
  }

  /** @throws SttError `invalid_argument` for samples that are no sound, such as NaN; their time passes as silence. */
  push(bytes: Uint8Array, firstSample?: Samples): PlacedAudio[] {
    if (bytes.length === 0) return [];
    const jump = firstSample === undefined ? 0 : firstSample - this.head;
    if (jump > ROUNDING) return [...this.#restartAt(firstSample!), ...this.#normalize(bytes)];
    return this.#normalize(jump < -ROUNDING ? bytes.subarray(this.#bytesSentTwice(-jump)) : bytes);
  }

  /** What the resampler still holds; the intake starts afresh behind it. */
  flush(): PlacedAudio[] {
    return this.#restartAt(this.head);
  }

  /** Bytes of `samples` that were sent before, up to where the bytes already taken in end, within a frame too. */
  #bytesSentTwice(samples: Samples): number {
    const frames = Math.round((samples * this.#format.sampleRateHertz) / SAMPLE_RATE);
    return frames * this.#bytesPerFrame + (this.#bytesIn % this.#bytesPerFrame);
  }

  #normalize(bytes: Uint8Array): PlacedAudio[] {
    if (bytes.length === 0) return [];
    this.#bytesIn += bytes.length;
    const at = this.#base + this.#normalizer.position;
    const pcm16 = this.#normalizer.push(bytes);
    return pcm16.length === 0 ? [] : [{ at, pcm16 }];
  }

  #restartAt(sample: Samples): PlacedAudio[] {
    const at = this.#base + this.#normalizer.position;
    const pcm16 = this.#normalizer.flush();
    this.#base = Math.max(sample, at + pcm16.length);
    this.#normalizer = new AudioNormalizer(this.#format);
    this.#bytesIn = 0;
    return pcm16.length === 0 ? [] : [{ at, pcm16 }];
  }
}

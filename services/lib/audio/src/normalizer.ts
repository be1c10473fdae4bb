import { type AudioFormat, SAMPLE_RATE, type Samples } from '@verbatim/contracts';
import { PcmDecoder } from './pcm-decoder.ts';
import { Resampler } from './resampler.ts';

/**
 * A client's bytes, in any accepted format and chunking, to the product's own: 16-bit mono at 16 kHz.
 * LINEAR16 mono at 16 kHz comes out as it went in, bit for bit.
 */
export class AudioNormalizer {
  readonly #decoder: PcmDecoder;
  readonly #resampler: Resampler;
  readonly #rate: number;
  #emitted: Samples = 0;

  /** Throws `invalid_argument` for a sample rate that is not from 8000 to 48000 Hz. */
  constructor(format: AudioFormat) {
    this.#decoder = new PcmDecoder(format);
    this.#resampler = new Resampler(format.sampleRateHertz);
    this.#rate = format.sampleRateHertz;
  }

  /** Samples given out so far: the audio time of the next one, from this stream's beginning. */
  get position(): Samples {
    return this.#emitted;
  }

  /** Audio time of all whole frames taken in, rejected ones too; at most a few milliseconds past `position` while in good order. */
  get received(): Samples {
    return Math.ceil((this.#decoder.frames * SAMPLE_RATE) / this.#rate);
  }

  /**
   * The 16 kHz samples that the chunk completes; any number, also none. Throws what PcmDecoder.push throws: after a
   * recoverable error the stream goes on, and the rejected chunk's time passes as silence.
   */
  push(bytes: Uint8Array): Int16Array {
    return this.#emit(toInt16(this.#resampler.push(this.#decoder.push(bytes))));
  }

  /** What is still inside at the end of the audio; the normalizer takes nothing after it. */
  flush(): Int16Array {
    const silence = toInt16(this.#resampler.push(this.#decoder.flush()));
    const tail = toInt16(this.#resampler.flush());
    const all = new Int16Array(silence.length + tail.length);
    all.set(silence);
    all.set(tail, silence.length);
    return this.#emit(all);
  }

  #emit(samples: Int16Array): Int16Array {
    this.#emitted += samples.length;
    return samples;
  }
}

/** Full scale 1 is 32768; rounded to the nearest and clipped. */
const toInt16 = (samples: Float32Array): Int16Array => {
  const pcm16 = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    pcm16[i] = Math.min(32_767, Math.max(-32_768, Math.round(samples[i]! * 32_768)));
  }
  return pcm16;
};

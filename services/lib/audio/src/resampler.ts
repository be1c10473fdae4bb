import { SAMPLE_RATE, SESSION_LIMITS, SttError } from '@verbatim/contracts';
import { greatestCommonDivisor, type PolyphaseFilter, polyphaseFilterFor } from './polyphase-filter.ts';

/**
 * Mono samples at a client's rate to 16 kHz. Output sample k belongs to the input's place k * rate / 16000: the filter's
 * delay is taken out, so about 3 ms of audio wait inside until more comes or `flush`. Attenuation is at most 0.1 dB up
 * to 90 % of the lower Nyquist frequency and at least 60 dB from all of it on. The output is the same, bit for bit,
 * however the input was cut into chunks.
 */
export class Resampler {
  readonly #rate: number;
  /** Null at 16 kHz, which passes untouched. */
  readonly #filter: PolyphaseFilter | null;
  /** An output is `#stepUp` / `#stepDown` of an input sample, in lowest terms. */
  readonly #stepUp: number;
  readonly #stepDown: number;
  /** Input from half a filter before the next output on; leading zeros stand for what was before the stream. */
  #window: Float64Array;
  #filled: number;
  /** Where in the window the taps of the next output begin, and its place between two input samples, in 1 / #stepDown. */
  #start = 0;
  #fraction = 0;
  #received = 0;
  #emitted = 0;

  /** `rate` in hertz, a whole number from 8000 to 48000. Throws `invalid_argument` for any other. */
  constructor(rate: number) {
    const { min, max } = SESSION_LIMITS.sampleRateHertz;
    if (!Number.isInteger(rate) || rate < min || rate > max) {
      throw new SttError('invalid_argument', `A sample rate of ${rate} Hz is not supported; use ${min} to ${max} Hz.`, {
        field: 'sample_rate_hertz',
      });
    }
    const divisor = greatestCommonDivisor(rate, SAMPLE_RATE);
    this.#rate = rate;
    this.#stepUp = rate / divisor;
    this.#stepDown = SAMPLE_RATE / divisor;
    this.#filter = rate === SAMPLE_RATE ? null : polyphaseFilterFor(rate);
    this.#filled = (this.#filter?.tapsPerPhase ?? 2) / 2 - 1;
    this.#window = new Float64Array(4 * (this.#filled + 1));
  }

  /** The output that the input so far allows. At 16 kHz that is `input` itself. */
  push(input: Float32Array): Float32Array {
    this.#received += input.length;
    if (this.#filter === null) return input;
    this.#append(input);
    return this.#produce(this.#filter, Number.POSITIVE_INFINITY);
  }

  /** The last few milliseconds, with silence after the end; together ceil(received * 16000 / rate) samples. */
  flush(): Float32Array {
    if (this.#filter === null) return new Float32Array(0);
    this.#append(new Float32Array(this.#filter.tapsPerPhase));
    const total = Math.ceil((this.#received * SAMPLE_RATE) / this.#rate);
    return this.#produce(this.#filter, total - this.#emitted);
  }

  #append(input: Float32Array): void {
    const kept = this.#filled - this.#start;
    if (kept + input.length > this.#window.length) {
      const larger = new Float64Array(Math.max(2 * this.#window.length, kept + input.length));
      larger.set(this.#window.subarray(this.#start, this.#filled));
      this.#window = larger;
    } else {
      this.#window.copyWithin(0, this.#start, this.#filled);
    }
    this.#window.set(input, kept);
    this.#start = 0;
    this.#filled = kept + input.length;
  }

  #produce(filter: PolyphaseFilter, limit: number): Float32Array {
    const { tapsPerPhase } = filter;
    const available = Math.max(0, this.#filled - tapsPerPhase + 1 - this.#start);
    const ready = Math.ceil((available * this.#stepDown - this.#fraction) / this.#stepUp);
    const output = new Float32Array(Math.max(0, Math.min(ready, limit)));
    for (let i = 0; i < output.length; i++) {
      output[i] = this.#outputAt(filter);
      this.#fraction += this.#stepUp;
      const steps = Math.floor(this.#fraction / this.#stepDown);
      this.#start += steps;
      this.#fraction -= steps * this.#stepDown;
    }
    this.#emitted += output.length;
    return output;
  }

  #outputAt({ phases, taps, tapsPerPhase, exact }: PolyphaseFilter): number {
    if (exact) return dot(taps, this.#fraction * tapsPerPhase, this.#window, this.#start, tapsPerPhase);
    const place = (this.#fraction * phases) / this.#stepDown;
    const phase = Math.floor(place);
    const before = dot(taps, phase * tapsPerPhase, this.#window, this.#start, tapsPerPhase);
    const after = dot(taps, (phase + 1) * tapsPerPhase, this.#window, this.#start, tapsPerPhase);
    return before + (after - before) * (place - phase);
  }
}

/** Four sums side by side keep the processor's adders busy; `count` is a multiple of 4. */
const dot = (a: Float64Array, aStart: number, b: Float64Array, bStart: number, count: number): number => {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  for (let i = aStart, j = bStart, end = aStart + count; i < end; i += 4, j += 4) {
    sum0 += a[i]! * b[j]!;
    sum1 += a[i + 1]! * b[j + 1]!;
    sum2 += a[i + 2]! * b[j + 2]!;
    sum3 += a[i + 3]! * b[j + 3]!;
  }
  return sum0 + sum1 + (sum2 + sum3);
};

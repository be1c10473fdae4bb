import { type AudioFormat, type Encoding, SttError } from '@verbatim/contracts';
import { ALAW_TABLE, MULAW_TABLE } from './g711.ts';

/** Bytes of one sample of one channel. */
export const BYTES_PER_SAMPLE: Readonly<Record<Encoding, number>> = { linear16: 2, mulaw: 1, alaw: 1, float32: 4 };

/** Bad audio without a good chunk in between that a client may send before it is told to stop; bounds the silence owed. */
const MAX_REJECTED_SECONDS = 60;

/**
 * Interleaved little-endian samples of any chunking to one channel of floats from -1 to 1 at the client's rate.
 * Channels are averaged; floats beyond full scale are clipped. Half samples and half frames wait for their other half.
 */
export class PcmDecoder {
  readonly #format: AudioFormat;
  readonly #frameBytes: number;
  /** The beginning of a frame whose end has not come. */
  readonly #pending: Uint8Array;
  #pendingBytes = 0;
  #frames = 0;
  #owedSilence = 0;

  constructor(format: AudioFormat) {
    this.#format = format;
    this.#frameBytes = BYTES_PER_SAMPLE[format.encoding] * format.channelCount;
    this.#pending = new Uint8Array(this.#frameBytes);
  }

  /** Whole frames seen, at the client's rate; the index of the next one. */
  get frames(): number {
    return this.#frames;
  }

  /**
   * The chunk's whole frames as mono samples. Throws `invalid_argument` (recoverable) for a float that is no number:
   * nothing of that chunk is used, its frames come out as silence with the next call, and the stream may go on.
   * After a minute of nothing but such chunks the error is not recoverable.
   */
  push(bytes: Uint8Array): Float32Array {
    const frames = Math.floor((this.#pendingBytes + bytes.length) / this.#frameBytes);
    const whole = this.#wholeFrames(bytes, frames);
    const firstFrame = this.#frames;
    this.#frames += frames;
    const mono = new Float32Array(this.#owedSilence + frames);
    const bad = decodeFrames(this.#format, whole, mono.subarray(this.#owedSilence));
    if (bad !== null) throw this.#reject(frames, firstFrame, bad);
    this.#owedSilence = 0;
    return mono;
  }

  /** Silence still owed for a rejected chunk at the end of the stream. Half a frame that never became whole is dropped. */
  flush(): Float32Array {
    const silence = new Float32Array(this.#owedSilence);
    this.#owedSilence = 0;
    this.#pendingBytes = 0;
    return silence;
  }

  /** Pending bytes and the chunk's own, up to the last whole frame; the rest becomes pending. A view where it can be one. */
  #wholeFrames(bytes: Uint8Array, frames: number): Uint8Array {
    const taken = frames * this.#frameBytes - this.#pendingBytes;
    let whole = bytes.subarray(0, Math.max(0, taken));
    if (frames > 0 && this.#pendingBytes > 0) {
      whole = new Uint8Array(frames * this.#frameBytes);
      whole.set(this.#pending.subarray(0, this.#pendingBytes));
      whole.set(bytes.subarray(0, taken), this.#pendingBytes);
    }
    const rest = frames > 0 ? bytes.subarray(taken) : bytes;
    const kept = frames > 0 ? 0 : this.#pendingBytes;
    this.#pending.set(rest, kept);
    this.#pendingBytes = kept + rest.length;
    return whole;
  }

  #reject(frames: number, firstFrame: number, bad: BadSample): SttError {
    const recoverable = this.#owedSilence + frames <= MAX_REJECTED_SECONDS * this.#format.sampleRateHertz;
    if (recoverable) this.#owedSilence += frames;
    const place = this.#format.channelCount === 1 ? '' : ` of channel ${bad.channel + 1}`;
    return new SttError(
      'invalid_argument',
      `Sample ${firstFrame + bad.frame}${place} is ${bad.value}; FLOAT32 samples must be finite numbers from -1 to 1. ` +
        (recoverable
          ? 'The chunk counts as silence.'
          : `There was no valid chunk for ${MAX_REJECTED_SECONDS} s; check that encoding and audio agree.`),
      { field: 'audio', recoverable },
    );
  }
}

interface BadSample {
  readonly frame: number;
  readonly channel: number;
  readonly value: number;
}

/** Fills `mono`; the first sample that is no finite number, or null. */
const decodeFrames = (
  { encoding, channelCount }: AudioFormat,
  bytes: Uint8Array,
  mono: Float32Array,
): BadSample | null => {
  const sampleAt = samplesOf(encoding, bytes);
  for (let frame = 0, index = 0; frame < mono.length; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channelCount; channel++, index++) {
      const value = sampleAt(index);
      if (!Number.isFinite(value)) return { frame, channel, value };
      sum += Math.min(1, Math.max(-1, value));
    }
    mono[frame] = sum / channelCount;
  }
  return null;
};

/** Reads sample `index` of interleaved bytes, full scale 1. */
const samplesOf = (encoding: Encoding, bytes: Uint8Array): ((index: number) => number) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (encoding) {
    case 'linear16':
      return (index) => view.getInt16(index * 2, true) / 32_768;
    case 'float32':
      return (index) => view.getFloat32(index * 4, true);
    case 'mulaw':
      return (index) => MULAW_TABLE[bytes[index]!]!;
    case 'alaw':
      return (index) => ALAW_TABLE[bytes[index]!]!;
  }
};

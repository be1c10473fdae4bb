import type { AudioFormat } from '@verbatim/contracts';
import { BYTES_PER_SAMPLE } from './pcm-decoder.ts';

/** One channel of interleaved samples, cut anywhere. */
export class ChannelPicker {
  /** What comes out. */
  readonly format: AudioFormat;
  readonly #sampleBytes: number;
  readonly #frameBytes: number;
  readonly #offset: number;
  #pending = Buffer.alloc(0);

  /** @param channel counts from 0 */
  constructor(format: AudioFormat, channel: number) {
    if (!(channel >= 0 && channel < format.channelCount)) {
      throw new RangeError(`There is no channel ${channel} of ${format.channelCount}.`);
    }
    this.format = { ...format, channelCount: 1 };
    this.#sampleBytes = BYTES_PER_SAMPLE[format.encoding];
    this.#frameBytes = this.#sampleBytes * format.channelCount;
    this.#offset = this.#sampleBytes * channel;
  }

  /** The channel's samples of the frames that the bytes complete. */
  push(bytes: Uint8Array): Uint8Array {
    const all =
      this.#pending.length === 0
        ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
        : Buffer.concat([this.#pending, bytes]);
    const frames = Math.floor(all.length / this.#frameBytes);
    const picked = Buffer.alloc(frames * this.#sampleBytes);
    for (let frame = 0; frame < frames; frame++) {
      const from = frame * this.#frameBytes + this.#offset;
      all.copy(picked, frame * this.#sampleBytes, from, from + this.#sampleBytes);
    }
    this.#pending = Buffer.from(all.subarray(frames * this.#frameBytes));
    return picked;
  }
}

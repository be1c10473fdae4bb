import { type InferenceSession, Tensor } from 'onnxruntime-node';
import type { EncodedAudio } from '../shared/decoder-memory.ts';
import type { FloatPool } from '../shared/float-pool.ts';
import { wholeBlocks } from '../shared/whole-blocks.ts';
import { audioRows, fillRows, frameCount } from './audio-frames.ts';
import { frontEnd, maxFrames, moonshineTiny } from './dimensions.ts';

const { decoderLayers, heads, headSize } = moonshineTiny;
const { stride } = frontEnd.first;

export class Encoder {
  readonly #session: InferenceSession;
  readonly #pool: FloatPool;

  constructor(session: InferenceSession, pool: FloatPool) {
    this.#session = session;
    this.#pool = pool;
  }

  /**
   * One utterance alone: the front end normalises over its whole length, so padding it to the length of others would
   * change it. The result is in buffers that the next call overwrites.
   *
   * @throws RangeError for audio over 36 s.
   */
  async encode(audio: Float32Array): Promise<EncodedAudio> {
    const frames = frameCount(audio.length);
    if (frames > maxFrames) {
      const seconds = (audio.length / moonshineTiny.sampleRate).toFixed(1);
      throw new RangeError(`an utterance of ${seconds} s is too long for Moonshine: cut it at 30 s`);
    }
    const rows = audioRows(audio.length);
    const input = this.#pool.take('audio', rows * stride);
    fillRows(audio, input);
    const paddedFrames = wholeBlocks(frames);
    const size = decoderLayers * heads * headSize * paddedFrames;
    const keys = this.#pool.take('encoded keys', size);
    const values = this.#pool.take('encoded values', size);
    await this.#session.run(
      { audio: new Tensor('float32', input, [rows, stride]) },
      {
        cross_keys: new Tensor('float32', keys, [decoderLayers, heads, headSize, paddedFrames]),
        cross_values: new Tensor('float32', values, [decoderLayers, heads, paddedFrames, headSize]),
      },
    );
    return { keys, values, width: paddedFrames, from: 0, count: frames, weight: 1 };
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

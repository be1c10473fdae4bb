import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { audioRows, fillRows, frameCount } from './audio-frames.ts';
import { frontEnd, moonshineTiny } from './dimensions.ts';
import type { FloatPool } from './float-pool.ts';

const { decoderLayers, heads, headSize } = moonshineTiny;
const { stride } = frontEnd.first;

/** Audio → cross-attention keys and values of every decoder layer. */
export class Encoder {
  readonly #session: InferenceSession;
  readonly #pool: FloatPool;

  constructor(session: InferenceSession, pool: FloatPool) {
    this.#session = session;
    this.#pool = pool;
  }

  /**
   * One utterance alone: the front end normalises over its whole length, so padding it to the length of others would
   * change it. Returns [12, 8, frames, 36] in a buffer that the next call of the same `slot` overwrites.
   */
  async encode(audio: Float32Array, slot: number): Promise<Float32Array<ArrayBuffer>> {
    const rows = audioRows(audio.length);
    const input = this.#pool.take('audio', rows * stride);
    fillRows(audio, input);
    const shape = [2 * decoderLayers, heads, frameCount(audio.length), headSize];
    const output = this.#pool.take(
      `cross ${slot}`,
      shape.reduce((product, size) => product * size),
    );
    await this.#session.run(
      { audio: new Tensor('float32', input, [rows, stride]) },
      { cross: new Tensor('float32', output, shape) },
    );
    return output;
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

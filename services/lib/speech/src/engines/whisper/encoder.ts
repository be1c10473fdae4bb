import { type InferenceSession, Tensor } from 'onnxruntime-node';
import type { FloatPool } from '../shared/float-pool.ts';
import { frameSamples, sampleRate } from './front-end.ts';
import type { WhisperShape } from './whisper-config.ts';

/** Cross-attention keys [layers, heads, head size, width] and values [layers, heads, width, head size] of one stretch. */
export interface Encoded {
  readonly keys: Float32Array<ArrayBuffer>;
  readonly values: Float32Array<ArrayBuffer>;
  /** Frames of 20 ms. */
  readonly width: number;
}

export class Encoder {
  readonly #session: InferenceSession;
  readonly #shape: WhisperShape;
  readonly #pool: FloatPool | undefined;

  /** @param pool where the results lie, each until the next one; without it they have memory of their own. */
  constructor(session: InferenceSession, shape: WhisperShape, pool?: FloatPool) {
    this.#session = session;
    this.#shape = shape;
    this.#pool = pool;
  }

  /**
   * One stretch of speech with `tailSamples` of silence after it, up to a whole frame.
   * @throws RangeError for more than the model's window (30 s).
   */
  async encode(audio: Float32Array, tailSamples = 0): Promise<Encoded> {
    const { frames: most } = this.#shape;
    if (audio.length > most * frameSamples) {
      const [seconds, window] = [audio.length / sampleRate, (most * frameSamples) / sampleRate];
      throw new RangeError(`an utterance of ${seconds.toFixed(1)} s is too long for Whisper: cut it at ${window} s`);
    }
    const width = this.width(audio.length + tailSamples);
    const { layers, heads, headSize } = this.#shape.decoder;
    const input = this.#take('audio', width * frameSamples);
    input.set(audio);
    input.fill(0, audio.length);
    const keys = this.#take('encoded keys', layers * heads * headSize * width);
    const values = this.#take('encoded values', keys.length);
    await this.#session.run(
      { audio: new Tensor('float32', input, [input.length]) },
      {
        cross_keys: new Tensor('float32', keys, [layers, heads, headSize, width]),
        cross_values: new Tensor('float32', values, [layers, heads, width, headSize]),
      },
    );
    return { keys, values, width };
  }

  /** Frames that so many samples give: at least one, at most the window's. */
  width(samples: number): number {
    return Math.max(1, Math.min(this.#shape.frames, Math.ceil(samples / frameSamples)));
  }

  #take(name: string, length: number): Float32Array<ArrayBuffer> {
    return this.#pool?.take(name, length) ?? new Float32Array(length);
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

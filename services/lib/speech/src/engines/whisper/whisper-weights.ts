import type { Checkpoint } from '../../models/safetensors/checkpoint.ts';
import type { LinearWeights } from '../shared/linear-layers.ts';
import type { WhisperShape } from './whisper-config.ts';

export interface NormWeights {
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

/** The weights of one attention block; the key has no bias, since it would add the same to every score. */
export interface AttentionWeights {
  readonly query: LinearWeights;
  readonly key: LinearWeights;
  readonly value: LinearWeights;
  readonly out: LinearWeights;
}

/** A Whisper checkpoint by the names that transformers gives its parts. Tensors are read when they are asked for. */
export class WhisperWeights {
  readonly shape: WhisperShape;
  readonly #checkpoint: Checkpoint;
  /** Newer exports put everything below `model.`. */
  readonly #root: string;

  constructor(checkpoint: Checkpoint, shape: WhisperShape) {
    this.shape = shape;
    this.#checkpoint = checkpoint;
    this.#root = checkpoint.has('model.encoder.conv1.weight') ? 'model.' : '';
  }

  floats(name: string, shape: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    return this.#checkpoint.read(`${this.#root}${name}`, shape);
  }

  async norm(path: string): Promise<NormWeights> {
    const size = [this.shape.hidden];
    return { scale: await this.floats(`${path}.weight`, size), shift: await this.floats(`${path}.bias`, size) };
  }

  async linear(path: string, inputs: number, outputs: number, { bias = true } = {}): Promise<LinearWeights> {
    const values = await this.floats(`${path}.weight`, [outputs, inputs]);
    return { inputs, outputs, values, ...(bias && { bias: await this.floats(`${path}.bias`, [outputs]) }) };
  }

  /** One of an attention block's four layers, such as `encoder.layers.0.self_attn` and `query`. */
  attentionPart(path: string, part: keyof AttentionWeights): Promise<LinearWeights> {
    const names = { query: 'q_proj', key: 'k_proj', value: 'v_proj', out: 'out_proj' };
    const { hidden } = this.shape;
    return this.linear(`${path}.${names[part]}`, hidden, hidden, { bias: part !== 'key' });
  }

  async attention(path: string): Promise<AttentionWeights> {
    return {
      query: await this.attentionPart(path, 'query'),
      key: await this.attentionPart(path, 'key'),
      value: await this.attentionPart(path, 'value'),
      out: await this.attentionPart(path, 'out'),
    };
  }
}

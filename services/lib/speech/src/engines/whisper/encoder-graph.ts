import { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import type { OnnxModel } from '../../models/onnx/model.ts';
import { elementTypes } from '../../models/onnx/model.ts';
import { graphHeader } from '../shared/graph-header.ts';
import { layerNorm } from '../shared/layers.ts';
import { joined, type LinearLayer } from '../shared/linear-layers.ts';
import { frontEndGraph } from './front-end-graph.ts';
import type { WhisperWeights } from './whisper-weights.ts';

const contrib = 'com.microsoft';

/** How the layers around attention and those between become nodes: the former need finer activations. */
export interface EncoderLinears {
  readonly attention: LinearLayer;
  readonly feed: LinearLayer;
}

/**
 * The encoder, together with the decoder's cross-attention projections: these depend on the audio alone.
 *
 * `onLayer` hears of each layer that is done.
 *
 * - `audio` f32 [samples]: one stretch of audio at 16 kHz, a whole number of frames of 320 samples, 30 s at most.
 * - `cross_keys` f32 [decoder layers, heads, head size, frames] and `cross_values` [decoder layers, heads, frames, head size].
 */
export async function encoderGraph(
  weights: WhisperWeights,
  linears: EncoderLinears,
  onLayer: () => void = () => {},
): Promise<OnnxModel> {
  const builder = new GraphBuilder('whisper-encoder');
  const { shape } = weights;
  builder.input('audio', elementTypes.float, ['samples']);
  let x = await frontEndGraph(builder, weights, 'audio');
  for (let layer = 0; layer < shape.encoder.layers; layer++) {
    x = await encoderLayer(builder, weights, linears, layer, x);
    onLayer();
  }
  await crossProjections(builder, weights, linears, x);
  return builder.build(...graphHeader);
}

/** [1, frames, hidden] → the same. */
export async function encoderLayer(
  builder: GraphBuilder,
  weights: WhisperWeights,
  linears: EncoderLinears,
  layer: number,
  x: string,
): Promise<string> {
  const path = `encoder.layers.${layer}`;
  const { hidden, encoder } = weights.shape;
  const attention = await weights.attention(`${path}.self_attn`);
  const before = await weights.norm(`${path}.self_attn_layer_norm`);
  const normed = layerNorm(builder, `${path}.self_norm`, x, before.scale, before.shift);
  const projection = joined([attention.query, attention.key, attention.value]);
  const projected = linears.attention(builder, `${path}.self_in`, normed, projection);
  const [query = '', key = '', value = ''] = builder.nodeOutputs(
    'Split',
    [projected, builder.ints([hidden, hidden, hidden])],
    { attributes: { axis: -1 }, outputs: [`${path}.query`, `${path}.key`, `${path}.value`] },
  );
  const attended = builder.node('MultiHeadAttention', [query, key, value], {
    domain: contrib,
    attributes: { num_heads: encoder.heads, scale: encoder.headSize ** -0.5 },
  });
  const afterSelf = builder.node('Add', [x, linears.attention(builder, `${path}.self_out`, attended, attention.out)]);
  const between = await weights.norm(`${path}.final_layer_norm`);
  const up = await weights.linear(`${path}.fc1`, hidden, encoder.feedForward);
  const down = await weights.linear(`${path}.fc2`, encoder.feedForward, hidden);
  const rested = layerNorm(builder, `${path}.feed_norm`, afterSelf, between.scale, between.shift);
  const raised = builder.node('Gelu', [linears.feed(builder, `${path}.up`, rested, up)], { domain: contrib });
  return builder.node('Add', [afterSelf, linears.feed(builder, `${path}.down`, raised, down)]);
}

/** The last normalisation, and what every decoder layer attends to: outputs `cross_keys` and `cross_values`. */
export async function crossProjections(
  builder: GraphBuilder,
  weights: WhisperWeights,
  { attention: linear }: EncoderLinears,
  x: string,
): Promise<void> {
  const { layers, heads, headSize } = weights.shape.decoder;
  const last = await weights.norm('encoder.layer_norm');
  const encoded = layerNorm(builder, 'encoder.norm', x, last.scale, last.shift);
  const keys: string[] = [];
  const values: string[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const path = `decoder.layers.${layer}.encoder_attn`;
    const apart = async (part: 'key' | 'value', perm: readonly number[]): Promise<string> => {
      const projected = linear(builder, `${path}.${part}`, encoded, await weights.attentionPart(path, part));
      const split = builder.node('Reshape', [projected, builder.ints([1, -1, heads, headSize])]);
      return builder.node('Transpose', [split], { attributes: { perm } });
    };
    keys.push(await apart('key', [0, 2, 3, 1]));
    values.push(await apart('value', [0, 2, 1, 3]));
  }
  builder.nodeOutputs('Concat', keys, { attributes: { axis: 0 }, outputs: ['cross_keys'] });
  builder.nodeOutputs('Concat', values, { attributes: { axis: 0 }, outputs: ['cross_values'] });
  builder.output('cross_keys', elementTypes.float, [layers, heads, headSize, 'frames']);
  builder.output('cross_values', elementTypes.float, [layers, heads, 'frames', headSize]);
}

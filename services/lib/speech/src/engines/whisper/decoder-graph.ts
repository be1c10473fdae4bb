import { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import type { OnnxModel } from '../../models/onnx/model.ts';
import { elementTypes } from '../../models/onnx/model.ts';
import { floatTensor } from '../../models/onnx/tensors.ts';
import { attend, type DecoderInputs, decoderInputs, storeInCache } from '../shared/decoder-attention.ts';
import { graphHeader } from '../shared/graph-header.ts';
import { layerNorm } from '../shared/layers.ts';
import { joined, type LinearLayer, scaled } from '../shared/linear-layers.ts';
import type { VocabularyLayer, VocabularyNodes } from './vocabulary-layer.ts';
import type { WhisperWeights } from './whisper-weights.ts';

/** [decoder layer, head] pairs whose cross-attention is an output. */
export type AlignmentHeads = readonly (readonly [number, number])[];

/** What turns weights into nodes. */
export interface DecoderLayers {
  readonly linear: LinearLayer;
  readonly vocabulary: VocabularyLayer;
}

/**
 * The decoder, for any number of new tokens a row: prefix and draft at first, one token after that.
 *
 * Inputs: see `DecoderInputs`. Outputs:
 * - `logits` f32 [selected, vocabulary], and `log_sum` f32 [selected]: the logarithm of the sum of their exponentials.
 * - `alignment` f32 [batch, alignment heads, length, frames]: how much each new token's step looked at each frame.
 * - `present_key_i`, `present_value_i`: to be bound to the memory of `past_key_i` and `past_value_i`, which is then updated
 *   in place.
 *
 * As with Moonshine's, no value of a row depends on the other rows, the other tokens or the padding, to the last bit.
 */
export async function decoderGraph(
  weights: WhisperWeights,
  { linear, vocabulary }: DecoderLayers,
  heads: AlignmentHeads,
  onLayer: () => void = () => {},
): Promise<OnnxModel> {
  const builder = new GraphBuilder('whisper-decoder');
  const { shape } = weights;
  const inputs = decoderInputs(builder, shape.decoder);
  const table = await vocabulary(builder, weights);
  let x = await embed(builder, weights, table.embed(inputs.tokens), inputs.positions);
  const looks: string[] = [];
  for (let layer = 0; layer < shape.decoder.layers; layer++) {
    const decoded = await decoderLayer(builder, weights, linear, layer, x, inputs);
    x = decoded.x;
    const picked = heads.filter(([of]) => of === layer).map(([, head]) => head);
    if (picked.length > 0)
      looks.push(builder.node('Gather', [decoded.looks, builder.ints(picked)], { attributes: { axis: 1 } }));
    onLayer();
  }
  align(builder, looks, heads.length);
  await outputLayer(builder, weights, table, x, inputs.selected);
  return builder.build(...graphHeader);
}

/** The last normalisation and the tokens' scores: outputs `logits` and `log_sum`. */
export async function outputLayer(
  builder: GraphBuilder,
  weights: WhisperWeights,
  table: VocabularyNodes,
  x: string,
  selected: string,
): Promise<void> {
  const { hidden, vocabulary } = weights.shape;
  const rows = builder.node('Reshape', [x, builder.ints([-1, hidden])]);
  const last = await weights.norm('decoder.layer_norm');
  const chosen = builder.node('Gather', [rows, selected]);
  const normed = layerNorm(builder, 'decoder.norm', chosen, last.scale, last.shift);
  const logits = builder.node('Identity', [table.project(normed)], { outputs: ['logits'] });
  builder.node('ReduceLogSumExp', [logits], { attributes: { axes: [-1], keepdims: 0 }, outputs: ['log_sum'] });
  builder.output('logits', elementTypes.float, ['selected', vocabulary]);
  builder.output('log_sum', elementTypes.float, ['selected']);
}

/** Tokens as vectors, with the learnt position of each. */
export async function embed(
  builder: GraphBuilder,
  weights: WhisperWeights,
  embedded: string,
  positions: string,
): Promise<string> {
  const size = [weights.shape.positions, weights.shape.hidden];
  const table = await weights.floats('decoder.embed_positions.weight', size);
  const places = builder.constant(floatTensor('decoder.positions', size, table));
  return builder.node('Add', [embedded, builder.node('Gather', [places, positions])]);
}

/** One layer: [batch, length, hidden] → the same, and how its cross-attention looked at the frames. */
export async function decoderLayer(
  builder: GraphBuilder,
  weights: WhisperWeights,
  linear: LinearLayer,
  layer: number,
  x: string,
  inputs: DecoderInputs,
): Promise<{ readonly x: string; readonly looks: string }> {
  const path = `decoder.layers.${layer}`;
  const { hidden, decoder } = weights.shape;
  const scale = decoder.headSize ** -0.5;
  const norm = async (name: string, of: string): Promise<string> => {
    const { scale: factors, shift } = await weights.norm(`${path}.${name}`);
    return layerNorm(builder, `${path}.${name}`, of, factors, shift);
  };

  const own = await weights.attention(`${path}.self_attn`);
  const projection = joined([scaled(own.query, scale), own.key, own.value]);
  const projected = linear(builder, `${path}.self_in`, await norm('self_attn_layer_norm', x), projection);
  const [query = '', key = '', value = ''] = builder.nodeOutputs(
    'Split',
    [projected, builder.ints([hidden, hidden, hidden])],
    { attributes: { axis: -1 }, outputs: [`${path}.query`, `${path}.key`, `${path}.value`] },
  );
  const keys = storeInCache(builder, decoder, inputs, layer, 'key', key);
  const values = storeInCache(builder, decoder, inputs, layer, 'value', value);
  const self = attend(builder, decoder, query, keys, values, inputs.selfBias);
  const afterSelf = builder.node('Add', [x, linear(builder, `${path}.self_out`, self.mixed, own.out)]);

  const { heads, headSize } = decoder;
  const crossPath = `${path}.encoder_attn`;
  const asked = scaled(await weights.attentionPart(crossPath, 'query'), scale);
  const question = linear(builder, `${path}.cross_in`, await norm('encoder_attn_layer_norm', afterSelf), asked);
  const crossKeys = builder.input(`cross_key_${layer}`, elementTypes.float, ['batch', heads, 1, headSize, 'frames']);
  const crossValues = builder.input(`cross_value_${layer}`, elementTypes.float, [
    'batch',
    heads,
    1,
    'frames',
    headSize,
  ]);
  const cross = attend(builder, decoder, question, crossKeys, crossValues, inputs.crossBias);
  const answer = linear(builder, `${path}.cross_out`, cross.mixed, await weights.attentionPart(crossPath, 'out'));
  const afterCross = builder.node('Add', [afterSelf, answer]);

  const up = await weights.linear(`${path}.fc1`, hidden, decoder.feedForward);
  const down = await weights.linear(`${path}.fc2`, decoder.feedForward, hidden);
  const raised = builder.node('Gelu', [linear(builder, `${path}.up`, await norm('final_layer_norm', afterCross), up)], {
    domain: 'com.microsoft',
  });
  return { x: builder.node('Add', [afterCross, linear(builder, `${path}.down`, raised, down)]), looks: cross.looks };
}

/** The attention of all alignment heads together, [batch, heads, length, 1, frames] each, as one output. */
function align(builder: GraphBuilder, looks: readonly string[], heads: number): void {
  const together = builder.node('Concat', looks, { attributes: { axis: 1 } });
  builder.node('Squeeze', [together, builder.ints([3])], { outputs: ['alignment'] });
  builder.output('alignment', elementTypes.float, ['batch', heads, 'length', 'frames']);
}

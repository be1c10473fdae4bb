import { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import type { OnnxModel } from '../../models/onnx/model.ts';
import { elementTypes } from '../../models/onnx/model.ts';
import { floatTensor, uint8Tensor } from '../../models/onnx/tensors.ts';
import { attend, type DecoderInputs, decoderInputs, storeInCache } from '../shared/decoder-attention.ts';
import { graphHeader } from '../shared/graph-header.ts';
import { addAndNorm, layerNorm, rotaryTables, rowwiseLinear } from '../shared/layers.ts';
import { sideBySide, times } from '../shared/quantized-matrix.ts';
import { maxPositions, moonshineTiny } from './dimensions.ts';
import type { ShippedWeights } from './shipped-weights.ts';

const { hidden, heads, headSize, rotarySize, decoderLayers, feedForward } = moonshineTiny;
const contrib = 'com.microsoft';
const attentionScale = 1 / Math.sqrt(headSize);

/**
 * The decoder, for any number of new tokens a row: begin mark and draft at first, one token after that.
 *
 * Inputs: see `DecoderInputs`. Outputs:
 * - `top_ids` i64 and `top_log_probabilities` f32 [selected, 2]: the two likeliest next tokens, best first.
 * - `present_key_i`, `present_value_i`: to be bound to the memory of `past_key_i` and `past_value_i`, which is then updated
 *   in place.
 *
 * Every value of a row is computed by the same operations in the same order whatever the other rows, the other tokens and
 * the padding: products of weights are integer and so exact; attention is done query by query.
 */
export function decoderGraph(weights: ShippedWeights): OnnxModel {
  const builder = new GraphBuilder('moonshine-decoder');
  const inputs = decoderInputs(builder, moonshineTiny);
  const rotary = rotaryTables(builder, weights.floats('/model/decoder/rotary_emb/Cast_1_output_0'), maxPositions);

  let x = embed(builder, weights, inputs.tokens);
  const firstScale = weights.floats('model.decoder.layers.0.input_layernorm.weight');
  let normed = layerNorm(builder, 'layers.0.input_norm', x, firstScale);
  for (let layer = 0; layer < decoderLayers; layer++) {
    const path = `layers.${layer}`;
    const scale = (which: string): Float32Array => weights.floats(`model.decoder.${path}.${which}.weight`);
    const self = selfAttention(builder, weights, layer, normed, inputs, rotary);
    const afterSelf = addAndNorm(builder, `${path}.after_self`, x, self, scale('post_attention_layernorm'));
    const cross = crossAttention(builder, weights, layer, afterSelf.normed, inputs);
    const afterCross = addAndNorm(builder, `${path}.after_cross`, afterSelf.sum, cross, scale('final_layernorm'));
    const fed = feed(builder, weights, path, afterCross.normed);
    const next = layer === decoderLayers - 1 ? 'norm' : `layers.${layer + 1}.input_layernorm`;
    const nextScale = weights.floats(`model.decoder.${next}.weight`);
    ({ sum: x, normed } = addAndNorm(builder, `${path}.end`, afterCross.sum, fed, nextScale));
  }
  predict(builder, weights, normed, inputs.selected);
  return builder.build(...graphHeader);
}

function embed(builder: GraphBuilder, weights: ShippedWeights, tokens: string): string {
  const { rows, columns, values, scale, zeroPoint } = weights.table('model.decoder.embed_tokens.weight');
  const table = builder.constant(uint8Tensor('embedding.values', [rows, columns], values));
  return builder.node('DequantizeLinear', [
    builder.node('Gather', [table, tokens]),
    builder.constant(floatTensor('embedding.scale', [], Float32Array.of(scale))),
    builder.constant(uint8Tensor('embedding.zero_point', [], Uint8Array.of(zeroPoint))),
  ]);
}

function selfAttention(
  builder: GraphBuilder,
  weights: ShippedWeights,
  layer: number,
  x: string,
  inputs: DecoderInputs,
  rotary: { cosines: string; sines: string },
): string {
  const path = `layers.${layer}`;
  const matrix = (which: string) => weights.matrix(`${path}/self_attn/${which}`);
  const together = sideBySide([times(matrix('q_proj'), attentionScale), matrix('k_proj'), matrix('v_proj')]);
  const projected = rowwiseLinear(builder, `${path}.self_in`, x, together);
  const [queryAndKey = '', value = ''] = builder.nodeOutputs('Split', [projected, builder.ints([2 * hidden, hidden])], {
    attributes: { axis: -1 },
    outputs: [`${path}.query_and_key`, `${path}.value`],
  });
  const rotated = builder.node('RotaryEmbedding', [queryAndKey, inputs.positions, rotary.cosines, rotary.sines], {
    domain: contrib,
    attributes: { interleaved: 1, num_heads: 2 * heads, rotary_embedding_dim: rotarySize },
  });
  const [query = '', key = ''] = builder.nodeOutputs('Split', [rotated, builder.ints([hidden, hidden])], {
    attributes: { axis: -1 },
    outputs: [`${path}.query`, `${path}.key`],
  });
  const keys = storeInCache(builder, moonshineTiny, inputs, layer, 'key', key);
  const values = storeInCache(builder, moonshineTiny, inputs, layer, 'value', value);
  const attended = attend(builder, moonshineTiny, query, keys, values, inputs.selfBias).mixed;
  return rowwiseLinear(builder, `${path}.self_out`, attended, matrix('dense'));
}

function crossAttention(
  builder: GraphBuilder,
  weights: ShippedWeights,
  layer: number,
  x: string,
  inputs: DecoderInputs,
): string {
  const path = `layers.${layer}`;
  const matrix = (which: string) => weights.matrix(`${path}/encoder_attn/${which}`);
  const query = rowwiseLinear(builder, `${path}.cross_in`, x, times(matrix('q_proj'), attentionScale));
  const keys = builder.input(`cross_key_${layer}`, elementTypes.float, ['batch', heads, 1, headSize, 'frames']);
  const values = builder.input(`cross_value_${layer}`, elementTypes.float, ['batch', heads, 1, 'frames', headSize]);
  const attended = attend(builder, moonshineTiny, query, keys, values, inputs.crossBias).mixed;
  return rowwiseLinear(builder, `${path}.cross_out`, attended, matrix('dense'));
}

/** A gated feed-forward layer: the first half of the projection times the SiLU of the second. */
function feed(builder: GraphBuilder, weights: ShippedWeights, path: string, x: string): string {
  const biases = (which: string): Float32Array => weights.floats(`model.decoder.${path}.mlp.${which}.bias`);
  const up = rowwiseLinear(builder, `${path}.up`, x, weights.matrix(`${path}/mlp/up_proj`), biases('up_proj'));
  const [value = '', gate = ''] = builder.nodeOutputs('Split', [up, builder.ints([feedForward, feedForward])], {
    attributes: { axis: -1 },
    outputs: [`${path}.up_value`, `${path}.up_gate`],
  });
  const silu = builder.node('QuickGelu', [gate], { domain: contrib, attributes: { alpha: { float: 1 } } });
  const gated = builder.node('Mul', [value, silu]);
  return rowwiseLinear(builder, `${path}.down`, gated, weights.matrix(`${path}/mlp/down_proj`), biases('down_proj'));
}

/** The distribution over the whole vocabulary stays inside: moving 32768 logits to JavaScript would take longer than a step. */
function predict(builder: GraphBuilder, weights: ShippedWeights, normed: string, selected: string): void {
  const rows = builder.node('Gather', [builder.node('Reshape', [normed, builder.ints([-1, hidden])]), selected]);
  const logits = rowwiseLinear(builder, 'output', rows, weights.outputMatrix('model.decoder.embed_tokens.weight'));
  const logProbabilities = builder.node('LogSoftmax', [logits], { attributes: { axis: -1 } });
  builder.nodeOutputs('TopK', [logProbabilities, builder.ints([2])], {
    attributes: { axis: -1, largest: 1, sorted: 1 },
    outputs: ['top_log_probabilities', 'top_ids'],
  });
  builder.output('top_ids', elementTypes.int64, ['selected', 2]);
  builder.output('top_log_probabilities', elementTypes.float, ['selected', 2]);
}

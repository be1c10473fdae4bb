import { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import type { OnnxModel } from '../../models/onnx/model.ts';
import { elementTypes } from '../../models/onnx/model.ts';
import { floatTensor, uint8Tensor } from '../../models/onnx/tensors.ts';
import { maxPositions, moonshineTiny, paddedHeadSize } from './dimensions.ts';
import { graphHeader } from './graph-header.ts';
import { addAndNorm, layerNorm, linear, rotaryTables } from './layers.ts';
import { padHeadColumns, padHeadRows, sideBySide } from './quantized-matrix.ts';
import type { ShippedWeights } from './shipped-weights.ts';

const { hidden, heads, headSize, decoderLayers, feedForward, vocabulary } = moonshineTiny;
const contrib = 'com.microsoft';

/**
 * The decoder: one graph for a first pass over begin mark and draft, and for the steps after it.
 *
 * Inputs, for a batch of B rows with N new tokens each:
 * - `tokens` i64 [B, N], padded on the right in a first pass; N is 1 after it.
 * - `last_position` i32 [B]: the row's tokens so far, these included, minus one. A row's cache beyond it is never read,
 *   so setting it back is all it takes to forget tokens.
 * - `total` i32 [1]: the longest row's tokens, these included. N = total marks a first pass.
 * - `selected` i64 [S]: indices into B × N of the positions whose next token is wanted.
 * - `cross_bias` f32 [B, 1, N, frames]: 0 where the row has a frame, a large negative number where it is padded.
 * - `cross_key_i`, `cross_value_i` f32 [B, 8, frames, 36]; `past_key_i`, `past_value_i` f32 [B, 8, capacity, 48].
 *
 * Outputs: `top_ids` i64 and `top_log_probabilities` f32 [S, 2], the two likeliest next tokens, best first;
 * `present_key_i`, `present_value_i`: bind them to the buffers of `past_*`, they are updated in place.
 */
export function decoderGraph(weights: ShippedWeights): OnnxModel {
  const builder = new GraphBuilder('moonshine-decoder');
  const tokens = builder.input('tokens', elementTypes.int64, ['batch', 'length']);
  const lastPosition = builder.input('last_position', elementTypes.int32, ['batch']);
  const total = builder.input('total', elementTypes.int32, [1]);
  const selected = builder.input('selected', elementTypes.int64, ['selected']);
  const crossBias = builder.input('cross_bias', elementTypes.float, ['batch', 1, 'length', 'frames']);
  const rotary = rotaryTables(builder, weights.floats('/model/decoder/rotary_emb/Cast_1_output_0'), maxPositions);

  let x = embed(builder, weights, tokens);
  let normed = layerNorm(
    builder,
    'layers.0.input_norm',
    x,
    weights.floats('model.decoder.layers.0.input_layernorm.weight'),
  );
  for (let layer = 0; layer < decoderLayers; layer++) {
    const path = `layers.${layer}`;
    const scale = (which: string): Float32Array => weights.floats(`model.decoder.${path}.${which}.weight`);
    const self = selfAttention(builder, weights, layer, normed, lastPosition, total, rotary);
    const afterSelf = addAndNorm(builder, `${path}.after_self`, x, self, scale('post_attention_layernorm'));
    const cross = crossAttention(builder, weights, layer, afterSelf.normed, crossBias);
    const afterCross = addAndNorm(builder, `${path}.after_cross`, afterSelf.sum, cross, scale('final_layernorm'));
    const fed = feed(builder, weights, layer, afterCross.normed);
    const last = layer === decoderLayers - 1;
    const nextScale = weights.floats(
      last ? 'model.decoder.norm.weight' : `model.decoder.layers.${layer + 1}.input_layernorm.weight`,
    );
    ({ sum: x, normed } = addAndNorm(builder, `${path}.end`, afterCross.sum, fed, nextScale));
  }
  predict(builder, weights, normed, selected);
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
  lastPosition: string,
  total: string,
  rotary: { cosines: string; sines: string },
): string {
  const path = `layers.${layer}`;
  const padded = ['q_proj', 'k_proj', 'v_proj'].map((which) =>
    padHeadColumns(weights.matrix(`${path}/self_attn/${which}`), heads, headSize, paddedHeadSize),
  );
  const packed = linear(builder, `${path}.qkv`, x, sideBySide(padded));
  const shape = ['batch', heads, 'capacity', paddedHeadSize];
  const past = ['key', 'value'].map((which) => builder.input(`past_${which}_${layer}`, elementTypes.float, shape));
  const present = ['key', 'value'].map((which) => `present_${which}_${layer}`);
  for (const name of present) builder.output(name, elementTypes.float, shape);
  const [attended = ''] = builder.nodeOutputs(
    'GroupQueryAttention',
    [packed, '', '', ...past, lastPosition, total, rotary.cosines, rotary.sines],
    {
      domain: contrib,
      attributes: {
        num_heads: heads,
        kv_num_heads: heads,
        scale: 1 / Math.sqrt(headSize),
        do_rotary: 1,
        rotary_interleaved: 1,
      },
      outputs: [`${path}.self`, ...present],
    },
  );
  const dense = padHeadRows(weights.matrix(`${path}/self_attn/dense`), heads, headSize, paddedHeadSize);
  return linear(builder, `${path}.self_dense`, attended, dense);
}

function crossAttention(
  builder: GraphBuilder,
  weights: ShippedWeights,
  layer: number,
  x: string,
  crossBias: string,
): string {
  const path = `layers.${layer}`;
  const query = linear(builder, `${path}.cross_query`, x, weights.matrix(`${path}/encoder_attn/q_proj`));
  const shape = ['batch', heads, 'frames', headSize];
  const keysAndValues = ['key', 'value'].map((which) => builder.input(`cross_${which}_${layer}`, elementTypes.float, shape));
  const attended = builder.node('MultiHeadAttention', [query, ...keysAndValues, '', '', crossBias], {
    domain: contrib,
    attributes: { num_heads: heads, scale: 1 / Math.sqrt(headSize) },
  });
  return linear(builder, `${path}.cross_dense`, attended, weights.matrix(`${path}/encoder_attn/dense`));
}

/** A gated feed-forward layer: the first half of the projection times the SiLU of the second. */
function feed(builder: GraphBuilder, weights: ShippedWeights, layer: number, x: string): string {
  const path = `layers.${layer}`;
  const biases = (which: string): Float32Array => weights.floats(`model.decoder.${path}.mlp.${which}.bias`);
  const up = linear(builder, `${path}.up`, x, weights.matrix(`${path}/mlp/up_proj`), biases('up_proj'));
  const [value = '', gate = ''] = builder.nodeOutputs('Split', [up, builder.ints([feedForward, feedForward])], {
    attributes: { axis: -1 },
    outputs: [`${path}.up_value`, `${path}.up_gate`],
  });
  const silu = builder.node('QuickGelu', [gate], { domain: contrib, attributes: { alpha: { float: 1 } } });
  const gated = builder.node('Mul', [value, silu]);
  return linear(builder, `${path}.down`, gated, weights.matrix(`${path}/mlp/down_proj`), biases('down_proj'));
}

function predict(builder: GraphBuilder, weights: ShippedWeights, normed: string, selected: string): void {
  const rows = builder.node('Gather', [builder.node('Reshape', [normed, builder.ints([-1, hidden])]), selected]);
  const logits = linear(builder, 'output', rows, weights.outputMatrix('model.decoder.embed_tokens.weight'));
  const logProbabilities = builder.node('LogSoftmax', [logits], { attributes: { axis: -1 } });
  builder.nodeOutputs('TopK', [logProbabilities, builder.ints([2])], {
    attributes: { axis: -1, largest: 1, sorted: 1 },
    outputs: ['top_log_probabilities', 'top_ids'],
  });
  builder.output('top_ids', elementTypes.int64, ['selected', 2]);
  builder.output('top_log_probabilities', elementTypes.float, ['selected', 2]);
  if (process.env['MS_LOGITS']) builder.output(logits, elementTypes.float, ['selected', vocabulary]);
}

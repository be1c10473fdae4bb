import { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import type { OnnxModel } from '../../models/onnx/model.ts';
import { elementTypes } from '../../models/onnx/model.ts';
import { graphHeader } from '../shared/graph-header.ts';
import { addAndNorm, layerNorm, rotaryTables, rowwiseLinear, sharedScaleLinear } from '../shared/layers.ts';
import { sideBySide } from '../shared/quantized-matrix.ts';
import { frameBlock } from '../shared/whole-blocks.ts';
import { frontEnd, maxFrames, moonshineTiny } from './dimensions.ts';
import { convolutions } from './front-end-graph.ts';
import type { ShippedWeights } from './shipped-weights.ts';

const { hidden, heads, headSize, rotarySize, encoderLayers, decoderLayers } = moonshineTiny;
const contrib = 'com.microsoft';

/**
 * The encoder, together with the decoder's cross-attention projections: these depend on the audio alone, so the decoder
 * need not hold them.
 *
 * - `audio` f32 [rows, 64]: one utterance, cut in rows of the first convolution's stride (see `audio-frames.ts`).
 * - `cross_keys` f32 [6, 8, 36, frames] and `cross_values` f32 [6, 8, frames, 36], by decoder layer and head; frames are
 *   padded with zeros to a multiple of `frameBlock`.
 */
export function encoderGraph(encoder: ShippedWeights, decoder: ShippedWeights): OnnxModel {
  const builder = new GraphBuilder('moonshine-encoder');
  const audio = builder.input('audio', elementTypes.float, ['rows', frontEnd.first.stride]);
  const features = convolutions(builder, encoder, audio);
  const rotary = rotaryTables(builder, encoder.floats('/rotary_emb/Cast_1_output_0'), maxFrames);
  const positions = countUp(builder, features);

  let x = builder.node('Unsqueeze', [features, builder.ints([0])]);
  let normed = layerNorm(builder, 'layers.0.input_norm', x, encoder.floats('layers.0.input_layernorm.weight'));
  for (let layer = 0; layer < encoderLayers; layer++) {
    const path = `layers.${layer}`;
    const attended = selfAttention(builder, encoder, path, normed, positions, rotary);
    const afterSelf = addAndNorm(
      builder,
      `${path}.after_self`,
      x,
      attended,
      encoder.floats(`${path}.post_attention_layernorm.weight`),
    );
    const fed = feed(builder, encoder, path, afterSelf.normed);
    const last = layer === encoderLayers - 1;
    const nextScale = encoder.floats(last ? 'layer_norm.weight' : `layers.${layer + 1}.input_layernorm.weight`);
    ({ sum: x, normed } = addAndNorm(builder, `${path}.end`, afterSelf.sum, fed, nextScale));
  }
  crossProjections(builder, decoder, normed);
  return builder.build(...graphHeader);
}

/** [frames, …] → positions [1, frames]. */
function countUp(builder: GraphBuilder, x: string): string {
  const axis = builder.ints([0]);
  const frames = builder.node('Squeeze', [builder.node('Shape', [x], { attributes: { start: 0, end: 1 } }), axis]);
  return builder.node('Unsqueeze', [builder.node('Range', [builder.int(0), frames, builder.int(1)]), axis]);
}

function selfAttention(
  builder: GraphBuilder,
  encoder: ShippedWeights,
  path: string,
  x: string,
  positions: string,
  rotary: { cosines: string; sines: string },
): string {
  const matrices = ['q_proj', 'k_proj', 'v_proj'].map((which) => encoder.matrix(`${path}/self_attn/${which}`));
  const projected = sharedScaleLinear(builder, `${path}.self_in`, x, sideBySide(matrices));
  const [queryAndKey = '', value = ''] = builder.nodeOutputs('Split', [projected, builder.ints([2 * hidden, hidden])], {
    attributes: { axis: -1 },
    outputs: [`${path}.query_and_key`, `${path}.value`],
  });
  const rotated = builder.node('RotaryEmbedding', [queryAndKey, positions, rotary.cosines, rotary.sines], {
    domain: contrib,
    attributes: { interleaved: 1, num_heads: 2 * heads, rotary_embedding_dim: rotarySize },
  });
  const [query = '', key = ''] = builder.nodeOutputs('Split', [rotated, builder.ints([hidden, hidden])], {
    attributes: { axis: -1 },
    outputs: [`${path}.query`, `${path}.key`],
  });
  const attended = builder.node('MultiHeadAttention', [query, key, value], {
    domain: contrib,
    attributes: { num_heads: heads, scale: 1 / Math.sqrt(headSize) },
  });
  return rowwiseLinear(builder, `${path}.self_out`, attended, encoder.matrix(`${path}/self_attn/dense`));
}

function feed(builder: GraphBuilder, encoder: ShippedWeights, path: string, x: string): string {
  const matrix = (which: string) => encoder.matrix(`${path}/mlp/${which}`);
  const bias = (which: string) => encoder.floats(`${path}.mlp.${which}.bias`);
  const up = sharedScaleLinear(builder, `${path}.fc1`, x, matrix('fc1'), bias('fc1'));
  const active = builder.node('Gelu', [up], { domain: contrib });
  return rowwiseLinear(builder, `${path}.fc2`, active, matrix('fc2'), bias('fc2'));
}

/** Keys of all layers at once, and values, then apart by layer and head. The frames added here are zeros. */
function crossProjections(builder: GraphBuilder, decoder: ShippedWeights, x: string): void {
  const padded = padFrames(builder, x);
  for (const { which, output, perm, shape } of [
    { which: 'k_proj', output: 'cross_keys', perm: [1, 2, 3, 0], shape: [headSize, 'frames'] },
    { which: 'v_proj', output: 'cross_values', perm: [1, 2, 0, 3], shape: ['frames', headSize] },
  ]) {
    const matrices = Array.from({ length: decoderLayers }, (_, layer) =>
      decoder.matrix(`layers.${layer}/encoder_attn/${which}`),
    );
    const projected = sharedScaleLinear(builder, output, padded, sideBySide(matrices));
    const apart = builder.node('Reshape', [projected, builder.ints([-1, decoderLayers, heads, headSize])]);
    builder.node('Transpose', [apart], { attributes: { perm }, outputs: [output] });
    builder.output(output, elementTypes.float, [decoderLayers, heads, ...shape]);
  }
}

/** [1, frames, 288] with zeros up to a multiple of `frameBlock` frames. */
function padFrames(builder: GraphBuilder, x: string): string {
  const frames = builder.node('Shape', [x], { attributes: { start: 1, end: 2 } });
  const missing = builder.node('Mod', [builder.node('Neg', [frames]), builder.ints([frameBlock])]);
  const pads = builder.node('Concat', [builder.ints([0, 0, 0, 0]), missing, builder.ints([0])], {
    attributes: { axis: 0 },
  });
  return builder.node('Pad', [x, pads]);
}

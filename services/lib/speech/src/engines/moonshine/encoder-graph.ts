import { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import type { OnnxModel } from '../../models/onnx/model.ts';
import { elementTypes } from '../../models/onnx/model.ts';
import { floatTensor } from '../../models/onnx/tensors.ts';
import { frontEnd, moonshineTiny } from './dimensions.ts';
import { graphHeader } from './graph-header.ts';
import { addAndNorm, layerNorm, linear, rotaryTables } from './layers.ts';
import { dequantize, sideBySide } from './quantized-matrix.ts';
import type { ShippedWeights } from './shipped-weights.ts';

const { heads, headSize, rotarySize, encoderLayers, decoderLayers } = moonshineTiny;

/** Frames of 30 s, rounded up. */
const maxFrames = 1536;

/**
 * The encoder, together with the decoder's cross-attention projections: these depend on the audio alone, so the decoder
 * need not hold them.
 *
 * - `audio` f32 [rows, 64]: one utterance, cut in rows of the first convolution's stride (see `audio-frames.ts`).
 * - `cross` f32 [12, 8, frames, 36]: keys then values of each decoder layer in turn, [layer 0 keys, layer 0 values, …].
 */
export function encoderGraph(encoder: ShippedWeights, decoder: ShippedWeights): OnnxModel {
  const builder = new GraphBuilder('moonshine-encoder');
  const audio = builder.input('audio', elementTypes.float, ['rows', frontEnd.first.stride]);
  let x = convolutions(builder, encoder, audio);

  const rotary = rotaryTables(builder, encoder.floats('/rotary_emb/Cast_1_output_0'), maxFrames);
  const frames = builder.node('Shape', [x], { attributes: { start: 0, end: 1 } });
  const zero = builder.ints([0]);
  const positions = builder.node('Unsqueeze', [
    builder.node('Range', [
      scalarInt(builder, zero),
      builder.node('Squeeze', [frames, zero]),
      scalarInt(builder, builder.ints([1])),
    ]),
    zero,
  ]);
  x = builder.node('Unsqueeze', [x, zero]);
  let normed = layerNorm(builder, 'layers.0.input_norm', x, encoder.floats('layers.0.input_layernorm.weight'));
  for (let layer = 0; layer < encoderLayers; layer++) {
    const path = `layers.${layer}`;
    const project = (which: string): string =>
      linear(builder, `${path}.${which}`, normed, encoder.matrix(`${path}/self_attn/${which}`));
    const rotate = (vectors: string): string =>
      builder.node('RotaryEmbedding', [vectors, positions, rotary.cosines, rotary.sines], {
        domain: 'com.microsoft',
        attributes: { interleaved: 1, num_heads: heads, rotary_embedding_dim: rotarySize },
      });
    const manual = (): string => {
      const split = (v: string, perm: number[]): string =>
        builder.node('Transpose', [builder.node('Reshape', [v, builder.ints([-1, heads, headSize])])], {
          attributes: { perm },
        });
      const q = split(rotate(project('q_proj')), [1, 0, 2]);
      const k = split(rotate(project('k_proj')), [1, 2, 0]);
      const v = split(project('v_proj'), [1, 0, 2]);
      const scores = builder.node('Mul', [builder.node('MatMul', [q, k]), builder.scalar(1 / 6)]);
      const p = builder.node('Softmax', [scores], { attributes: { axis: -1 } });
      const o = builder.node('Transpose', [builder.node('MatMul', [p, v])], { attributes: { perm: [1, 0, 2] } });
      return builder.node('Reshape', [o, builder.ints([1, -1, 288])]);
    };
    const attended = process.env['MS_MANUAL']
      ? manual()
      : builder.node('MultiHeadAttention', [rotate(project('q_proj')), rotate(project('k_proj')), project('v_proj')], {
          domain: 'com.microsoft',
          attributes: { num_heads: heads, scale: 1 / Math.sqrt(headSize) },
        });
    const mixed = linear(builder, `${path}.dense`, attended, encoder.matrix(`${path}/self_attn/dense`));
    const middle = addAndNorm(
      builder,
      `${path}.middle`,
      x,
      mixed,
      encoder.floats(`${path}.post_attention_layernorm.weight`),
    );
    const up = linear(
      builder,
      `${path}.fc1`,
      middle.normed,
      encoder.matrix(`${path}/mlp/fc1`),
      encoder.floats(`${path}.mlp.fc1.bias`),
    );
    const active = builder.node('Gelu', [up], { domain: 'com.microsoft' });
    const down = linear(
      builder,
      `${path}.fc2`,
      active,
      encoder.matrix(`${path}/mlp/fc2`),
      encoder.floats(`${path}.mlp.fc2.bias`),
    );
    const last = layer === encoderLayers - 1;
    const nextScale = encoder.floats(last ? 'layer_norm.weight' : `layers.${layer + 1}.input_layernorm.weight`);
    ({ sum: x, normed } = addAndNorm(builder, `${path}.end`, middle.sum, down, nextScale));
  }

  const projections = Array.from({ length: decoderLayers }, (_, layer) =>
    ['k_proj', 'v_proj'].map((which) => decoder.matrix(`layers.${layer}/encoder_attn/${which}`)),
  ).flat();
  const cross = linear(builder, 'cross', normed, sideBySide(projections));
  const split = builder.node('Reshape', [cross, builder.ints([-1, 2 * decoderLayers, heads, headSize])]);
  builder.node('Transpose', [split], { attributes: { perm: [1, 2, 0, 3] }, outputs: ['cross'] });
  builder.output('cross', elementTypes.float, [2 * decoderLayers, heads, 'frames', headSize]);
  return builder.build(...graphHeader);
}

function scalarInt(builder: GraphBuilder, vector: string): string {
  return builder.node('Squeeze', [vector, builder.ints([0])]);
}

/** Three convolutions over [time, channels], each as a matrix product over windows that lie in one piece in memory. */
function convolutions(builder: GraphBuilder, encoder: ShippedWeights, audio: string): string {
  const { first, second, third, groupNormEpsilon } = frontEnd;
  // A window of 127 samples is a row of 64 and the next one but for its last sample, which gets a weight of zero.
  const firstWeights = new Float32Array(2 * first.stride * first.channels);
  firstWeights.set(dequantize(encoder.convolution('conv1')));
  const kernel = builder.constant(floatTensor('conv1.weight', [2 * first.stride, first.channels], firstWeights));
  const windows = builder.node('Concat', [slice(builder, audio, 0, -1), sliceFrom(builder, audio, 1)], {
    attributes: { axis: 1 },
  });
  let x = builder.node('Tanh', [builder.node('MatMul', [windows, kernel])]);

  // One group over all times and channels: a statistic of the whole utterance, which is why each is encoded alone.
  const one = builder.constant(floatTensor('groupnorm.one', [1], Float32Array.of(1)));
  const none = builder.constant(floatTensor('groupnorm.zero', [1], Float32Array.of(0)));
  const normed = builder.node(
    'InstanceNormalization',
    [builder.node('Reshape', [x, builder.ints([1, 1, -1])]), one, none],
    {
      attributes: { epsilon: groupNormEpsilon },
    },
  );
  const channels = (name: string, source: string): string =>
    builder.constant(floatTensor(name, [first.channels], encoder.floats(source)));
  x = builder.node('Reshape', [normed, builder.ints([-1, first.channels])]);
  x = builder.node('Mul', [x, channels('groupnorm.scale', 'onnx::Mul_1488')]);
  x = builder.node('Add', [x, channels('groupnorm.shift', 'onnx::Add_1489')]);

  for (const { name, kernel, stride, inputs } of [
    { name: 'conv2', ...second, inputs: first.channels },
    { name: 'conv3', ...third, inputs: second.channels },
  ]) {
    const windowed = slidingWindows(builder, x, kernel, stride, inputs);
    const y = linear(builder, name, windowed, encoder.convolution(name), encoder.floats(`${name}.bias`));
    x = builder.node('Gelu', [y], { domain: 'com.microsoft' });
  }
  return x;
}

/** [time, channels] → [windows, kernel × channels], from whole strides reshaped and, for the rest, strided slices. */
function slidingWindows(builder: GraphBuilder, x: string, kernel: number, stride: number, channels: number): string {
  const times = builder.node('Shape', [x], { attributes: { start: 0, end: 1 } });
  const usable = builder.node('Sub', [times, builder.ints([kernel - stride])]);
  const count = builder.node('Div', [usable, builder.ints([stride])]);
  const covered = builder.node('Mul', [count, builder.ints([stride])]);
  const pieces: string[] = [];
  for (let tap = 0; tap < kernel; ) {
    const start = builder.ints([tap]);
    const end = builder.node('Add', [covered, start]);
    const axis = builder.ints([0]);
    if (tap + stride <= kernel) {
      const rows = builder.node('Slice', [x, start, end, axis]);
      pieces.push(builder.node('Reshape', [rows, builder.ints([-1, stride * channels])]));
      tap += stride;
    } else {
      pieces.push(builder.node('Slice', [x, start, end, axis, builder.ints([stride])]));
      tap += 1;
    }
  }
  return builder.node('Concat', pieces, { attributes: { axis: 1 } });
}

function slice(builder: GraphBuilder, x: string, start: number, end: number): string {
  return builder.node('Slice', [x, builder.ints([start]), builder.ints([end]), builder.ints([0])]);
}

function sliceFrom(builder: GraphBuilder, x: string, start: number): string {
  return slice(builder, x, start, 2 ** 31 - 1);
}

import type { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import { floatTensor } from '../../models/onnx/tensors.ts';
import { type TwoPartTensor, twoPartLinear, twoParts } from '../shared/layers.ts';
import { dequantize } from '../shared/quantized-matrix.ts';
import { frontEnd } from './dimensions.ts';
import type { ShippedWeights } from './shipped-weights.ts';

const { first, second, third, groupNormEpsilon } = frontEnd;

/**
 * The encoder's three convolutions over [time, channels], each as a matrix product over windows. In this layout a window is
 * one piece of memory, and a convolution by a stride is a few slices put side by side.
 *
 * @returns the name of f32 [frames, 288].
 */
export function convolutions(builder: GraphBuilder, encoder: ShippedWeights, audio: string): string {
  const x = groupNorm(builder, encoder, builder.node('Tanh', [firstConvolution(builder, encoder, audio)]));
  const y = convolution(builder, encoder, 'conv2', x, { ...second, inputs: first.channels });
  return convolution(builder, encoder, 'conv3', y, { ...third, inputs: second.channels });
}

/** A window of 127 samples is a row of 64 and the next one but for its last sample, which gets a weight of zero. */
function firstConvolution(builder: GraphBuilder, encoder: ShippedWeights, audio: string): string {
  const weights = new Float32Array(2 * first.stride * first.channels);
  weights.set(dequantize(encoder.convolution('conv1')));
  const kernel = builder.constant(floatTensor('conv1.weight', [2 * first.stride, first.channels], weights));
  const rows = (start: number, end: number): string =>
    builder.node('Slice', [audio, builder.ints([start]), builder.ints([end]), builder.ints([0])]);
  const windows = builder.node('Concat', [rows(0, -1), rows(1, 2 ** 31 - 1)], { attributes: { axis: 1 } });
  return builder.node('MatMul', [windows, kernel]);
}

/** One group over all times and channels: a statistic of the whole utterance, which is why each is encoded alone. */
function groupNorm(builder: GraphBuilder, encoder: ShippedWeights, x: string): string {
  const single = (name: string, value: number): string =>
    builder.constant(floatTensor(name, [1], Float32Array.of(value)));
  const channels = (name: string, source: string): string =>
    builder.constant(floatTensor(name, [first.channels], encoder.floats(source)));
  const normed = builder.node(
    'InstanceNormalization',
    [builder.node('Reshape', [x, builder.ints([1, 1, -1])]), single('groupnorm.one', 1), single('groupnorm.zero', 0)],
    { attributes: { epsilon: groupNormEpsilon } },
  );
  const apart = builder.node('Reshape', [normed, builder.ints([-1, first.channels])]);
  const scaled = builder.node('Mul', [apart, channels('groupnorm.scale', 'onnx::Mul_1488')]);
  return builder.node('Add', [scaled, channels('groupnorm.shift', 'onnx::Add_1489')]);
}

interface Convolution {
  readonly kernel: number;
  readonly stride: number;
  readonly inputs: number;
}

/** A convolution with bias and GELU. Its input has outliers: 8-bit activations would change the text. */
function convolution(
  builder: GraphBuilder,
  encoder: ShippedWeights,
  name: string,
  x: string,
  shape: Convolution,
): string {
  const parts = twoParts(builder, x);
  const windows: TwoPartTensor = {
    ...parts,
    coarse: slidingWindows(builder, parts.coarse, shape),
    fine: slidingWindows(builder, parts.fine, shape),
  };
  const bias = encoder.floats(`${name}.bias`);
  return builder.node('Gelu', [twoPartLinear(builder, name, windows, encoder.convolution(name), bias)], {
    domain: 'com.microsoft',
  });
}

/** [time, channels] → [windows, kernel × channels], from whole strides reshaped and, for the rest, strided slices. */
function slidingWindows(builder: GraphBuilder, x: string, { kernel, stride, inputs }: Convolution): string {
  const times = builder.node('Shape', [x], { attributes: { start: 0, end: 1 } });
  const strides = builder.node('Div', [
    builder.node('Sub', [times, builder.ints([kernel - stride])]),
    builder.ints([stride]),
  ]);
  const covered = builder.node('Mul', [strides, builder.ints([stride])]);
  const axis = builder.ints([0]);
  const pieces: string[] = [];
  for (let tap = 0; tap < kernel; ) {
    const start = builder.ints([tap]);
    const end = builder.node('Add', [covered, start]);
    if (tap + stride <= kernel) {
      const rows = builder.node('Slice', [x, start, end, axis]);
      pieces.push(builder.node('Reshape', [rows, builder.ints([-1, stride * inputs])]));
      tap += stride;
    } else {
      pieces.push(builder.node('Slice', [x, start, end, axis, builder.ints([stride])]));
      tap += 1;
    }
  }
  return builder.node('Concat', pieces, { attributes: { axis: 1 } });
}

import type { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import { floatTensor, int8Tensor, uint8Tensor } from '../../models/onnx/tensors.ts';
import type { QuantizedMatrix } from './quantized-matrix.ts';

const contrib = 'com.microsoft';

/** Quantised activations lie in 1 to 255 around this zero point, so that their grid is even on both sides of zero. */
const middle = 128;
const steps = 127;

/** PyTorch's default, which both families were trained with. */
const layerNormEpsilon = 1e-5;

/**
 * x × matrix + bias with the shipped 8-bit weights as they are and 8-bit activations. Each row of `x` gets a scale of its
 * own, so that its result does not depend on the other rows: what DynamicQuantizeLinear, with one scale for all rows, does
 * not give. The product is one of integers, hence exact, whatever the number of rows.
 *
 * MatMulNBits (8 bit, blocks of 32, accuracy level 4) is as fast for one row, but takes three times as long for many, and its
 * sums depend on their number.
 */
export function rowwiseLinear(
  builder: GraphBuilder,
  name: string,
  x: string,
  matrix: QuantizedMatrix,
  bias?: Float32Array,
): string {
  const scaled = rowwiseProduct(builder, x, weightConstants(builder, name, matrix));
  return bias === undefined ? scaled : builder.node('Add', [scaled, biasConstant(builder, name, bias)]);
}

/** As `rowwiseLinear`, of weights that are in the graph already. */
export function rowwiseProduct(builder: GraphBuilder, x: string, weights: WeightConstants): string {
  const largest = builder.node('ReduceMax', [builder.node('Abs', [x])], { attributes: { axes: [-1], keepdims: 1 } });
  const step = builder.scalar(1 / steps);
  // A row of zeros divides to NaN, which quantises to some integers; the product with its scale of zero is zero again.
  const quantized = quantize(builder, builder.node('Div', [x, largest]), step);
  return builder.node('Mul', [integerProduct(builder, quantized, step, weights), largest]);
}

/**
 * x × matrix + bias with 8-bit activations that all share one scale, as in the shipped graphs: cheaper, for a tensor of one
 * utterance alone whose rows have much the same range, such as a layer normalisation's.
 */
export function sharedScaleLinear(
  builder: GraphBuilder,
  name: string,
  x: string,
  matrix: QuantizedMatrix,
  bias?: Float32Array,
): string {
  const { values, scales, zeroPoints } = weightConstants(builder, name, matrix);
  const inputs = [x, values, scales, zeroPoints];
  if (bias !== undefined) inputs.push(biasConstant(builder, name, bias));
  return builder.node('DynamicQuantizeMatMul', inputs, { domain: contrib });
}

/** A tensor as the sum of two 8-bit ones, the second in steps 254 times finer: close to 16 bits. */
export interface TwoPartTensor {
  readonly coarse: string;
  readonly coarseStep: string;
  readonly fine: string;
  readonly fineStep: string;
}

/** Quantises a tensor of one utterance with outliers, for which 8 bits are too few. */
export function twoParts(builder: GraphBuilder, x: string): TwoPartTensor {
  const largest = builder.node('ReduceMax', [builder.node('Abs', [x])], { attributes: { keepdims: 0 } });
  const coarseStep = builder.node('Div', [largest, builder.scalar(steps)]);
  const coarse = quantize(builder, x, coarseStep);
  const rounded = builder.node('DequantizeLinear', [coarse, coarseStep, middleConstant(builder)]);
  const fineStep = builder.node('Div', [coarseStep, builder.scalar(2 * steps)]);
  const fine = quantize(builder, builder.node('Sub', [x, rounded]), fineStep);
  return { coarse, coarseStep, fine, fineStep };
}

/** x × matrix + bias as two integer products: half the time of a float one. */
export function twoPartLinear(
  builder: GraphBuilder,
  name: string,
  x: TwoPartTensor,
  matrix: QuantizedMatrix,
  bias?: Float32Array,
): string {
  const weights = weightConstants(builder, name, matrix);
  const shift = bias && biasConstant(builder, name, bias);
  return builder.node('Add', [
    integerProduct(builder, x.coarse, x.coarseStep, weights, shift),
    integerProduct(builder, x.fine, x.fineStep, weights),
  ]);
}

/** The names of a matrix's constants. */
export interface WeightConstants {
  readonly values: string;
  readonly scales: string;
  readonly zeroPoints: string;
}

/** Weights are stored signed: the integer product of unsigned and signed bytes is more than twice as fast on x86 with VNNI. */
export function weightConstants(builder: GraphBuilder, name: string, matrix: QuantizedMatrix): WeightConstants {
  const { rows, columns, scales, zeroPoints } = matrix;
  const perTensor = isUniform(scales) && isUniform(zeroPoints);
  const shape = perTensor ? [] : [columns];
  const count = perTensor ? 1 : columns;
  return {
    values: builder.constant(int8Tensor(`${name}.weight`, [rows, columns], signed(matrix.values))),
    scales: builder.constant(floatTensor(`${name}.scales`, shape, scales.slice(0, count))),
    zeroPoints: builder.constant(int8Tensor(`${name}.zero_points`, shape, signed(zeroPoints.slice(0, count)))),
  };
}

function isUniform(values: Float32Array | Uint8Array): boolean {
  return values.every((value) => value === values[0]);
}

function signed(values: Uint8Array): Int8Array {
  const result = new Int8Array(values.length);
  for (let index = 0; index < values.length; index++) result[index] = (values[index] ?? 0) - 128;
  return result;
}

function biasConstant(builder: GraphBuilder, name: string, bias: Float32Array): string {
  return builder.constant(floatTensor(`${name}.bias`, [bias.length], bias));
}

function middleConstant(builder: GraphBuilder): string {
  return builder.shared('middle', (name) => uint8Tensor(name, [], Uint8Array.of(middle)));
}

function quantize(builder: GraphBuilder, x: string, step: string): string {
  return builder.node('QuantizeLinear', [x, step, middleConstant(builder)]);
}

function integerProduct(
  builder: GraphBuilder,
  x: string,
  step: string,
  weights: WeightConstants,
  bias?: string,
): string {
  const inputs = [x, weights.values, step, weights.scales, middleConstant(builder), weights.zeroPoints];
  if (bias !== undefined) inputs.push(bias);
  return builder.node('MatMulIntegerToFloat', inputs, { domain: contrib });
}

/** Layer normalisation, with a shift where the model has one. */
export function layerNorm(
  builder: GraphBuilder,
  name: string,
  x: string,
  scale: Float32Array,
  shift?: Float32Array,
): string {
  const inputs = [x, builder.constant(floatTensor(`${name}.scale`, [scale.length], scale))];
  if (shift !== undefined) inputs.push(builder.constant(floatTensor(`${name}.shift`, [shift.length], shift)));
  return builder.node('LayerNormalization', inputs, { attributes: { axis: -1, epsilon: layerNormEpsilon } });
}

/**
 * The residual sum of `x` and `branch`, and its layer normalisation. SkipLayerNormalization would be one node for both, but
 * its CPU kernel takes four times as long as the two.
 */
export function addAndNorm(
  builder: GraphBuilder,
  name: string,
  x: string,
  branch: string,
  scale: Float32Array,
): { sum: string; normed: string } {
  const sum = builder.node('Add', [x, branch]);
  return { sum, normed: layerNorm(builder, name, sum, scale) };
}

/** Rotary angles of positions 0 to `positions` - 1 as tables of cosines and sines, positions × rotary size / 2. */
export function rotaryTables(
  builder: GraphBuilder,
  frequencies: Float32Array,
  positions: number,
): { cosines: string; sines: string } {
  const table = (of: (angle: number) => number): Float32Array =>
    Float32Array.from({ length: positions * frequencies.length }, (_, index) =>
      of(Math.fround(Math.floor(index / frequencies.length) * (frequencies[index % frequencies.length] ?? 0))),
    );
  const shape = [positions, frequencies.length];
  return {
    cosines: builder.constant(floatTensor('rotary.cosines', shape, table(Math.cos))),
    sines: builder.constant(floatTensor('rotary.sines', shape, table(Math.sin))),
  };
}

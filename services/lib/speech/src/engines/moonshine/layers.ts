import type { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import { floatTensor, uint8Tensor } from '../../models/onnx/tensors.ts';
import { moonshineTiny } from './dimensions.ts';
import { dequantize } from './quantized-matrix.ts';
import type { QuantizedMatrix } from './shipped-weights.ts';

const contrib = 'com.microsoft';

/** Weights of a MatMulNBits share a scale and a zero point in blocks of this many inputs; activations are quantised alike. */
const blockSize = 32;

/**
 * x × matrix + bias with the shipped 8-bit weights as they are. Activations are quantised to 8 bits in blocks of 32 values
 * of one row (accuracy level 4), so a row's result does not depend on the other rows, unlike DynamicQuantizeLinear's.
 */
export function linear(
  builder: GraphBuilder,
  name: string,
  x: string,
  matrix: QuantizedMatrix,
  bias?: Float32Array,
): string {
  const { rows, columns } = matrix;
  if (process.env['MS_F32']?.split(',').some((p) => name.includes(p))) {
    const w = builder.constant(floatTensor(`${name}.weight`, [rows, columns], dequantize(matrix)));
    const y = builder.node('MatMul', [x, w]);
    return bias ? builder.node('Add', [y, builder.constant(floatTensor(`${name}.bias`, [columns], bias))]) : y;
  }
  if (process.env['MS_ROW']?.split(',').some((p) => name.includes(p))) {
    const i8 = (n: string, sh: number[], v: Uint8Array) => builder.constant({ name: n, shape: sh, raw: v.map((b) => b ^ 128), elementType: 3 });
    const uniform = matrix.scales.every((s) => s === matrix.scales[0]) && matrix.zeroPoints.every((s) => s === matrix.zeroPoints[0]);
    const n = uniform ? 1 : columns;
    const largest = builder.node('ReduceMax', [builder.node('Abs', [x])], { attributes: { axes: [-1], keepdims: 1 } });
    const q = builder.node('QuantizeLinear', [builder.node('Div', [x, largest]), builder.scalar(1 / 127), 'u8_128']);
    try {
      builder.constant(uint8Tensor('u8_128', [], Uint8Array.of(128)));
    } catch {}
    const y = builder.node('MatMulIntegerToFloat', [
      q,
      i8(`${name}.weight`, [rows, columns], matrix.values),
      builder.scalar(1 / 127),
      builder.constant(floatTensor(`${name}.scale`, uniform ? [] : [n], matrix.scales.slice(0, n))),
      'u8_128',
      i8(`${name}.zp`, uniform ? [] : [n], matrix.zeroPoints.slice(0, n)),
    ], { domain: contrib });
    const scaled = builder.node('Mul', [y, largest]);
    return bias ? builder.node('Add', [scaled, builder.constant(floatTensor(`${name}.bias`, [columns], bias))]) : scaled;
  }
  if (process.env['MS_DQ']?.split(',').some((p) => name.includes(p))) {
    const s8 = process.env['MS_S8'] !== undefined;
    const flip = (u: Uint8Array): Uint8Array => (s8 ? u.map((v) => v ^ 128) : u);
    const u8 = (n: string, sh: number[], v: Uint8Array) => ({
      name: n,
      shape: sh,
      raw: flip(v),
      elementType: s8 ? 3 : 2,
    });
    const w = builder.constant(u8(`${name}.weight`, [rows, columns], matrix.values));
    const uniform =
      matrix.scales.every((s) => s === matrix.scales[0]) && matrix.zeroPoints.every((s) => s === matrix.zeroPoints[0]);
    const n = uniform ? 1 : columns;
    const s = builder.constant(floatTensor(`${name}.scale`, uniform ? [] : [n], matrix.scales.slice(0, n)));
    const z = builder.constant(u8(`${name}.zp`, uniform ? [] : [n], matrix.zeroPoints.slice(0, n)));
    const inputs = [x, w, s, z];
    if (bias) inputs.push(builder.constant(floatTensor(`${name}.bias`, [columns], bias)));
    return builder.node('DynamicQuantizeMatMul', inputs, { domain: contrib });
  }
  const bs = Number(process.env['MS_BLOCK'] ?? blockSize);
  const blocks = Math.ceil(rows / bs);
  const values = new Uint8Array(columns * blocks * bs);
  const scales = new Float32Array(columns * blocks);
  const zeroPoints = new Uint8Array(columns * blocks);
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++)
      values[column * blocks * bs + row] = matrix.values[row * columns + column] ?? 0;
    scales.fill(matrix.scales[column] ?? 0, column * blocks, (column + 1) * blocks);
    zeroPoints.fill(matrix.zeroPoints[column] ?? 0, column * blocks, (column + 1) * blocks);
  }
  const inputs = [
    x,
    builder.constant(uint8Tensor(`${name}.weight`, [columns, blocks, bs], values)),
    builder.constant(floatTensor(`${name}.scales`, [columns, blocks], scales)),
    builder.constant(uint8Tensor(`${name}.zero_points`, [columns, blocks], zeroPoints)),
  ];
  if (bias !== undefined) inputs.push('', builder.constant(floatTensor(`${name}.bias`, [columns], bias)));
  return builder.node('MatMulNBits', inputs, {
    domain: contrib,
    attributes: { K: rows, N: columns, bits: 8, block_size: bs, accuracy_level: 4 },
  });
}

/** Layer normalisation without a shift. */
export function layerNorm(builder: GraphBuilder, name: string, x: string, scale: Float32Array): string {
  return builder.node(
    'LayerNormalization',
    [x, builder.constant(floatTensor(`${name}.scale`, [scale.length], scale))],
    {
      attributes: { axis: -1, epsilon: moonshineTiny.layerNormEpsilon },
    },
  );
}

/** The residual sum of `x` and `branch`, and its layer normalisation. */
export function addAndNorm(
  builder: GraphBuilder,
  name: string,
  x: string,
  branch: string,
  scale: Float32Array,
): { sum: string; normed: string } {
  if (process.env['MS_ADDLN']) {
    const sum = builder.node('Add', [x, branch]);
    return { sum, normed: layerNorm(builder, name, sum, scale) };
  }
  const gamma = builder.constant(floatTensor(`${name}.scale`, [scale.length], scale));
  const [normed = '', , , sum = ''] = builder.nodeOutputs('SkipLayerNormalization', [x, branch, gamma], {
    domain: contrib,
    attributes: { epsilon: moonshineTiny.layerNormEpsilon },
    outputs: [`${name}.normed`, '', '', `${name}.sum`],
  });
  return { sum, normed };
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

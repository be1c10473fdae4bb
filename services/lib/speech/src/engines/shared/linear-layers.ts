import type { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import { floatTensor } from '../../models/onnx/tensors.ts';
import { rowwiseLinear, twoPartLinear, twoParts } from './layers.ts';
import { quantizeColumns } from './quantized-matrix.ts';

/** A linear layer's weights as PyTorch keeps them: `outputs` × `inputs`, row-major. */
export interface LinearWeights {
  readonly inputs: number;
  readonly outputs: number;
  readonly values: Float32Array;
  readonly bias?: Float32Array;
}

/** How a linear layer becomes nodes of a graph: x [..., inputs] → [..., outputs]. */
export type LinearLayer = (builder: GraphBuilder, name: string, x: string, weights: LinearWeights) => string;

/** 8-bit weights with a scale for each output, 8-bit activations with a scale for each row. */
export const quantizedLinear: LinearLayer = (builder, name, x, weights) =>
  rowwiseLinear(builder, name, x, quantizeColumns(weights), weights.bias);

/** 8-bit weights, and activations of close to 16 bits that share one scale: for a tensor of one utterance alone. */
export const finelyQuantizedLinear: LinearLayer = (builder, name, x, weights) =>
  twoPartLinear(builder, name, twoParts(builder, x), quantizeColumns(weights), weights.bias);

/** The layer as it was trained. */
export const floatLinear: LinearLayer = (builder, name, x, { inputs, outputs, values, bias }) => {
  const transposed = new Float32Array(values.length);
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++)
      transposed[input * outputs + output] = values[output * inputs + input]!;
  }
  const product = builder.node('MatMul', [
    x,
    builder.constant(floatTensor(`${name}.weight`, [inputs, outputs], transposed)),
  ]);
  if (bias === undefined) return product;
  return builder.node('Add', [product, builder.constant(floatTensor(`${name}.bias`, [outputs], bias))]);
};

/** Layers of the same input one after the other, as one: a single product gives the outputs of all. */
export function joined(layers: readonly LinearWeights[]): LinearWeights {
  const inputs = layers[0]?.inputs ?? 0;
  const outputs = layers.reduce((sum, layer) => sum + layer.outputs, 0);
  const values = new Float32Array(inputs * outputs);
  const bias = new Float32Array(outputs);
  let at = 0;
  for (const layer of layers) {
    if (layer.inputs !== inputs) throw new Error(`layers of ${inputs} and ${layer.inputs} inputs can't be one`);
    values.set(layer.values, at * inputs);
    if (layer.bias !== undefined) bias.set(layer.bias, at);
    at += layer.outputs;
  }
  return { inputs, outputs, values, bias };
}

/** The layer's outputs times a number. */
export const scaled = ({ values, bias, ...sizes }: LinearWeights, factor: number): LinearWeights => ({
  ...sizes,
  values: values.map((value) => value * factor),
  ...(bias !== undefined && { bias: bias.map((value) => value * factor) }),
});

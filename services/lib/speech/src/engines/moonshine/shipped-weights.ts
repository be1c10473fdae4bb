import type { OnnxGraph, OnnxModel, OnnxTensor } from '../../models/onnx/model.ts';
import { elementTypes } from '../../models/onnx/model.ts';
import { floatsOf, int8sOf, uint8sOf } from '../../models/onnx/tensors.ts';
import type { QuantizedMatrix } from '../shared/quantized-matrix.ts';

/** The weights in one shipped graph, found by the names that the export from transformers gave them. */
export class ShippedWeights {
  readonly #tensors = new Map<string, OnnxTensor>();
  /** By the module path of the layer, such as `layers.0/self_attn/q_proj`: the names of its values, scale and zero point. */
  readonly #matrices = new Map<string, { values: string; scale: string; zeroPoint: string }>();

  constructor(model: OnnxModel) {
    this.#collect(model.graph);
  }

  #collect(graph: OnnxGraph): void {
    for (const tensor of graph.initializers) this.#tensors.set(tensor.name.replace(/_merged_0/, ''), tensor);
    for (const node of graph.nodes) {
      for (const attribute of node.attributes) if (attribute.kind === 'graph') this.#collect(attribute.value);
      if (node.opType !== 'MatMulInteger') continue;
      const path = /((?:layers\.\d+)\/.+)\/MatMul_output_0/.exec(node.outputs[0] ?? '')?.[1];
      const values = node.inputs[1]?.replace(/_merged_0/, '');
      const zeroPoint = node.inputs[3]?.replace(/_merged_0/, '');
      if (path === undefined || values === undefined || zeroPoint === undefined) continue;
      this.#matrices.set(path, { values, zeroPoint, scale: zeroPoint.replace(/_zero_point$/, '_scale') });
    }
  }

  #tensor(name: string): OnnxTensor {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) {
      throw new Error(
        `the Moonshine graph has no weights named '${name}': is it the quantised tiny model of moonshine-js 0.1.29?`,
      );
    }
    return tensor;
  }

  floats(name: string): Float32Array {
    return floatsOf(this.#tensor(name));
  }

  /** The weights of a linear layer, by its module path: `layers.0/mlp/fc1`. */
  matrix(path: string): QuantizedMatrix {
    const names = this.#matrices.get(path);
    if (names === undefined) throw new Error(`the Moonshine graph has no quantised layer '${path}'`);
    const tensor = this.#tensor(names.values);
    const [rows = 0, columns = 0] = tensor.shape;
    const scale = this.floats(names.scale)[0] ?? Number.NaN;
    const zeroPoint = uint8sOf(this.#tensor(names.zeroPoint))[0] ?? 0;
    return perTensor(rows, columns, uint8sOf(tensor), scale, zeroPoint);
  }

  /** An embedding table as the matrix of the output layer that shares it: hidden × vocabulary. */
  outputMatrix(name: string): QuantizedMatrix {
    const { rows, columns, values, scale, zeroPoint } = this.table(name);
    return perTensor(columns, rows, transpose(values, rows, columns), scale, zeroPoint);
  }

  table(name: string): { rows: number; columns: number; values: Uint8Array; scale: number; zeroPoint: number } {
    const tensor = this.#tensor(`${name}_quantized`);
    const [rows = 0, columns = 0] = tensor.shape;
    const scale = this.floats(`${name}_scale`)[0] ?? Number.NaN;
    const zeroPoint = uint8sOf(this.#tensor(`${name}_zero_point`))[0] ?? 0;
    return { rows, columns, values: uint8sOf(tensor), scale, zeroPoint };
  }

  /**
   * A 1-d convolution as a matrix over windows of (tap, input channel). The file has weight = scale × value + offset
   * with an offset that is a whole number of scales, so a zero point says the same.
   */
  convolution(name: string): QuantizedMatrix {
    const tensor = this.#tensor(`${name}.weight_quantized`);
    if (tensor.elementType !== elementTypes.int8) throw new Error(`'${tensor.name}' is not int8`);
    const [outputs = 0, inputs = 0, taps = 0] = tensor.shape;
    const source = int8sOf(tensor);
    const scale = this.floats(`${name}.weight_scale`)[0] ?? Number.NaN;
    const offset = (this.floats(`${name}.weight_zero_point`)[0] ?? Number.NaN) / scale;
    if (!(Math.abs(offset - Math.round(offset)) < 1e-3)) {
      throw new Error(`'${name}' has an offset of ${offset} scales: a whole number was expected`);
    }
    const values = new Uint8Array(source.length);
    for (let output = 0; output < outputs; output++) {
      for (let input = 0; input < inputs; input++) {
        for (let tap = 0; tap < taps; tap++) {
          values[(tap * inputs + input) * outputs + output] =
            (source[(output * inputs + input) * taps + tap] ?? 0) + 128;
        }
      }
    }
    return perTensor(taps * inputs, outputs, values, scale, 128 - Math.round(offset));
  }
}

function perTensor(
  rows: number,
  columns: number,
  values: Uint8Array,
  scale: number,
  zeroPoint: number,
): QuantizedMatrix {
  const scales = new Float32Array(columns).fill(scale);
  return { rows, columns, values, scales, zeroPoints: new Uint8Array(columns).fill(zeroPoint) };
}

function transpose(values: Uint8Array, rows: number, columns: number): Uint8Array {
  const result = new Uint8Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column] ?? 0;
  }
  return result;
}

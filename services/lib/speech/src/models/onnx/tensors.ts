import type { OnnxTensor } from './model.ts';
import { elementTypes } from './model.ts';

/** The elements of a float tensor, copied: `raw` may not be aligned. */
export function floatsOf(tensor: OnnxTensor): Float32Array {
  expectType(tensor, elementTypes.float);
  return new Float32Array(new Uint8Array(tensor.raw).buffer);
}

export function uint8sOf(tensor: OnnxTensor): Uint8Array {
  expectType(tensor, elementTypes.uint8);
  return tensor.raw;
}

export function int8sOf(tensor: OnnxTensor): Int8Array {
  expectType(tensor, elementTypes.int8);
  return new Int8Array(tensor.raw.buffer, tensor.raw.byteOffset, tensor.raw.byteLength);
}

export function floatTensor(name: string, shape: readonly number[], values: Float32Array): OnnxTensor {
  return tensor(name, elementTypes.float, shape, values, 4);
}

export function uint8Tensor(name: string, shape: readonly number[], values: Uint8Array): OnnxTensor {
  return tensor(name, elementTypes.uint8, shape, values, 1);
}

export function int8Tensor(name: string, shape: readonly number[], values: Int8Array): OnnxTensor {
  return tensor(name, elementTypes.int8, shape, values, 1);
}

export function int64Tensor(name: string, shape: readonly number[], values: readonly number[]): OnnxTensor {
  return tensor(name, elementTypes.int64, shape, BigInt64Array.from(values, BigInt), 8);
}

function tensor(
  name: string,
  elementType: number,
  shape: readonly number[],
  values: ArrayBufferView,
  elementBytes: number,
): OnnxTensor {
  const wanted = shape.reduce((product, dimension) => product * dimension, 1);
  if (values.byteLength !== wanted * elementBytes) {
    throw new Error(
      `tensor '${name}' of shape [${shape}] needs ${wanted} elements, got ${values.byteLength / elementBytes}`,
    );
  }
  return { name, elementType, shape, raw: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

function expectType(tensor: OnnxTensor, elementType: number): void {
  if (tensor.elementType === elementType) return;
  throw new Error(`tensor '${tensor.name}' has element type ${tensor.elementType}, expected ${elementType}`);
}

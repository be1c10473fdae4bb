/**
 * The part of ONNX (onnx/onnx.proto, IR version 10) that the graph builders read and write: models, graphs, nodes,
 * attributes and dense tensors. Sparse tensors, functions, training info and type protos other than tensors are not kept.
 */
export interface OnnxModel {
  readonly irVersion: number;
  readonly producerName: string;
  readonly opsets: readonly OnnxOpset[];
  readonly graph: OnnxGraph;
}

/** `domain` is '' for the standard operators. */
export interface OnnxOpset {
  readonly domain: string;
  readonly version: number;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

export interface OnnxNode {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  /** '' stands for an optional input or output left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly OnnxAttribute[];
}

export type OnnxAttribute =
  | { readonly name: string; readonly kind: 'int'; readonly value: bigint }
  | { readonly name: string; readonly kind: 'ints'; readonly value: readonly bigint[] }
  | { readonly name: string; readonly kind: 'float'; readonly value: number }
  | { readonly name: string; readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly name: string; readonly kind: 'string'; readonly value: string }
  | { readonly name: string; readonly kind: 'tensor'; readonly value: OnnxTensor }
  | { readonly name: string; readonly kind: 'graph'; readonly value: OnnxGraph };

/** A dimension is a number, or a name for one that is known only at run time. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly elementType: number;
  readonly shape: readonly (number | string)[];
}

/** `raw` holds the elements in row-major order, little-endian, whichever field of the file they came from. */
export interface OnnxTensor {
  readonly name: string;
  readonly elementType: number;
  readonly shape: readonly number[];
  readonly raw: Uint8Array;
}

/** TensorProto.DataType numbers. */
export const elementTypes = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9 } as const;

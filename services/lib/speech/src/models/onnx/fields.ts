/** Field numbers of the messages in onnx/onnx.proto, one object a message. */
export const modelFields = { irVersion: 1, producerName: 2, graph: 7, opset: 8 } as const;
export const opsetFields = { domain: 1, version: 2 } as const;
export const graphFields = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
export const nodeFields = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 } as const;
export const attributeFields = {
  name: 1,
  float: 2,
  int: 3,
  string: 4,
  tensor: 5,
  graph: 6,
  floats: 7,
  ints: 8,
  type: 20,
} as const;
export const tensorFields = {
  dims: 1,
  elementType: 2,
  floats: 4,
  int32s: 5,
  int64s: 7,
  name: 8,
  raw: 9,
  dataLocation: 14,
} as const;
/** ValueInfoProto, TypeProto, TypeProto.Tensor, TensorShapeProto and its Dimension. */
export const valueFields = {
  name: 1,
  type: 2,
  tensorType: 1,
  elementType: 1,
  shape: 2,
  dimension: 1,
  dimensionValue: 1,
  dimensionName: 2,
} as const;

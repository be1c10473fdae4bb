import protobuf from 'protobufjs/minimal.js';
import {
  attributeFields,
  graphFields,
  modelFields,
  nodeFields,
  opsetFields,
  tensorFields,
  valueFields,
} from './fields.ts';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxOpset, OnnxTensor, OnnxValueInfo } from './model.ts';
import { elementTypes } from './model.ts';

type Reader = protobuf.Reader;

/**
 * Decodes an ONNX file. Tensor data are views into `bytes` where the file holds them raw, not copies.
 *
 * @throws Error when the bytes are no ONNX model, or use a part of ONNX that `model.ts` leaves out and that cannot be
 *   skipped without changing the meaning (external or string tensors).
 */
export function readModel(bytes: Uint8Array): OnnxModel {
  let irVersion = 0;
  let producerName = '';
  let graph: OnnxGraph | undefined;
  const opsets: OnnxOpset[] = [];
  const reader = protobuf.Reader.create(bytes);
  eachField(reader, reader.len, (field) => {
    if (field === modelFields.irVersion) irVersion = Number(readInt64(reader));
    else if (field === modelFields.producerName) producerName = reader.string();
    else if (field === modelFields.graph) graph = readGraph(reader);
    else if (field === modelFields.opset) opsets.push(readOpset(reader));
    else return false;
    return true;
  });
  if (graph === undefined) throw new Error(`not an ONNX model: no graph in ${bytes.length} bytes`);
  return { irVersion, producerName, opsets, graph };
}

/** Calls `read` with the number of each field up to `end`; a field that it answers `false` for is skipped. */
function eachField(reader: Reader, end: number, read: (field: number, wireType: number) => boolean): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (!read(tag >>> 3, tag & 7)) reader.skipType(tag & 7);
  }
}

/** The end of the length-delimited message that starts here. */
function messageEnd(reader: Reader): number {
  return reader.uint32() + reader.pos;
}

function readInt64(reader: Reader): bigint {
  return BigInt(reader.int64().toString());
}

/** Repeated numbers may be packed into one field or come one by one: both are valid on the wire. */
function readPacked(reader: Reader, wireType: number, readOne: () => void): void {
  if (wireType !== 2) {
    readOne();
    return;
  }
  const end = messageEnd(reader);
  while (reader.pos < end) readOne();
}

function readOpset(reader: Reader): OnnxOpset {
  let domain = '';
  let version = 0;
  eachField(reader, messageEnd(reader), (field) => {
    if (field === opsetFields.domain) domain = reader.string();
    else if (field === opsetFields.version) version = Number(readInt64(reader));
    else return false;
    return true;
  });
  return { domain, version };
}

function readGraph(reader: Reader): OnnxGraph {
  let name = '';
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const inputs: OnnxValueInfo[] = [];
  const outputs: OnnxValueInfo[] = [];
  eachField(reader, messageEnd(reader), (field) => {
    if (field === graphFields.node) nodes.push(readNode(reader));
    else if (field === graphFields.name) name = reader.string();
    else if (field === graphFields.initializer) initializers.push(readTensor(reader));
    else if (field === graphFields.input) inputs.push(readValueInfo(reader));
    else if (field === graphFields.output) outputs.push(readValueInfo(reader));
    else return false;
    return true;
  });
  return { name, nodes, initializers, inputs, outputs };
}

function readNode(reader: Reader): OnnxNode {
  let name = '';
  let opType = '';
  let domain = '';
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: OnnxAttribute[] = [];
  eachField(reader, messageEnd(reader), (field) => {
    if (field === nodeFields.input) inputs.push(reader.string());
    else if (field === nodeFields.output) outputs.push(reader.string());
    else if (field === nodeFields.name) name = reader.string();
    else if (field === nodeFields.opType) opType = reader.string();
    else if (field === nodeFields.attribute) attributes.push(readAttribute(reader));
    else if (field === nodeFields.domain) domain = reader.string();
    else return false;
    return true;
  });
  return { name, opType, domain, inputs, outputs, attributes };
}

function readAttribute(reader: Reader): OnnxAttribute {
  let name = '';
  let type = 0;
  let int = 0n;
  let float = 0;
  let string = '';
  let tensor: OnnxTensor | undefined;
  let graph: OnnxGraph | undefined;
  const ints: bigint[] = [];
  const floats: number[] = [];
  eachField(reader, messageEnd(reader), (field, wireType) => {
    if (field === attributeFields.name) name = reader.string();
    else if (field === attributeFields.type) type = reader.int32();
    else if (field === attributeFields.float) float = reader.float();
    else if (field === attributeFields.int) int = readInt64(reader);
    else if (field === attributeFields.string) string = reader.string();
    else if (field === attributeFields.tensor) tensor = readTensor(reader);
    else if (field === attributeFields.graph) graph = readGraph(reader);
    else if (field === attributeFields.floats) readPacked(reader, wireType, () => floats.push(reader.float()));
    else if (field === attributeFields.ints) readPacked(reader, wireType, () => ints.push(readInt64(reader)));
    else return false;
    return true;
  });
  if (type === 1) return { name, kind: 'float', value: float };
  if (type === 2) return { name, kind: 'int', value: int };
  if (type === 3) return { name, kind: 'string', value: string };
  if (type === 4 && tensor !== undefined) return { name, kind: 'tensor', value: tensor };
  if (type === 5 && graph !== undefined) return { name, kind: 'graph', value: graph };
  if (type === 6) return { name, kind: 'floats', value: floats };
  if (type === 7) return { name, kind: 'ints', value: ints };
  throw new Error(`ONNX attribute '${name}' has type ${type}, which is not read here (1 to 7 are)`);
}

function readTensor(reader: Reader): OnnxTensor {
  let name = '';
  let elementType = 0;
  let raw: Uint8Array | undefined;
  let external = false;
  const shape: number[] = [];
  const floats: number[] = [];
  const int32s: number[] = [];
  const int64s: bigint[] = [];
  eachField(reader, messageEnd(reader), (field, wireType) => {
    if (field === tensorFields.dims) readPacked(reader, wireType, () => shape.push(Number(readInt64(reader))));
    else if (field === tensorFields.elementType) elementType = reader.int32();
    else if (field === tensorFields.name) name = reader.string();
    else if (field === tensorFields.raw) raw = reader.bytes();
    else if (field === tensorFields.floats) readPacked(reader, wireType, () => floats.push(reader.float()));
    else if (field === tensorFields.int32s) readPacked(reader, wireType, () => int32s.push(reader.int32()));
    else if (field === tensorFields.int64s) readPacked(reader, wireType, () => int64s.push(readInt64(reader)));
    else if (field === tensorFields.dataLocation) external = reader.int32() !== 0;
    else return false;
    return true;
  });
  if (external)
    throw new Error(`ONNX tensor '${name}' keeps its data in another file: only self-contained files are read`);
  return { name, elementType, shape, raw: raw ?? rawFromTyped(name, elementType, floats, int32s, int64s) };
}

function rawFromTyped(
  name: string,
  elementType: number,
  floats: number[],
  int32s: number[],
  int64s: bigint[],
): Uint8Array {
  if (elementType === elementTypes.float) return bytesOf(Float32Array.from(floats));
  if (elementType === elementTypes.int64) return bytesOf(BigInt64Array.from(int64s));
  if (elementType === elementTypes.int32) return bytesOf(Int32Array.from(int32s));
  if (elementType === elementTypes.int8) return bytesOf(Int8Array.from(int32s));
  if (elementType === elementTypes.uint8 || elementType === elementTypes.bool) return Uint8Array.from(int32s);
  throw new Error(`ONNX tensor '${name}' has element type ${elementType}, which is not read from typed fields here`);
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** ValueInfoProto, flattened: name, type.tensor_type.elem_type, type.tensor_type.shape.dim. */
function readValueInfo(reader: Reader): OnnxValueInfo {
  let name = '';
  let elementType = 0;
  const shape: (number | string)[] = [];
  const readDimension = (): void => {
    let dimension: number | string = '';
    eachField(reader, messageEnd(reader), (field) => {
      if (field === valueFields.dimensionValue) dimension = Number(readInt64(reader));
      else if (field === valueFields.dimensionName) dimension = reader.string();
      else return false;
      return true;
    });
    shape.push(dimension);
  };
  const nested = (wanted: number, read: () => void): void =>
    eachField(reader, messageEnd(reader), (field) => {
      if (field !== wanted) return false;
      read();
      return true;
    });
  const readTensorType = (): void =>
    eachField(reader, messageEnd(reader), (field) => {
      if (field === valueFields.elementType) elementType = reader.int32();
      else if (field === valueFields.shape) nested(valueFields.dimension, readDimension);
      else return false;
      return true;
    });
  eachField(reader, messageEnd(reader), (field) => {
    if (field === valueFields.name) name = reader.string();
    else if (field === valueFields.type) nested(valueFields.tensorType, readTensorType);
    else return false;
    return true;
  });
  return { name, elementType, shape };
}

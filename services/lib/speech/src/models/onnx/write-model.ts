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
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from './model.ts';

type Writer = protobuf.Writer;

/** Encodes a model. Equal models give equal bytes: fields are written in the order of their numbers. */
export function writeModel(model: OnnxModel): Uint8Array {
  const writer = protobuf.Writer.create();
  writeInt64(writer, modelFields.irVersion, model.irVersion);
  writeString(writer, modelFields.producerName, model.producerName);
  writeMessage(writer, modelFields.graph, () => writeGraph(writer, model.graph));
  for (const opset of model.opsets) {
    writeMessage(writer, modelFields.opset, () => {
      writeString(writer, opsetFields.domain, opset.domain);
      writeInt64(writer, opsetFields.version, opset.version);
    });
  }
  return writer.finish();
}

function tag(writer: Writer, field: number, wireType: 0 | 2 | 5): Writer {
  return writer.uint32((field << 3) | wireType);
}

function writeString(writer: Writer, field: number, value: string): void {
  tag(writer, field, 2).string(value);
}

function writeInt64(writer: Writer, field: number, value: bigint | number): void {
  tag(writer, field, 0).int64(value.toString());
}

function writeMessage(writer: Writer, field: number, write: () => void): void {
  tag(writer, field, 2).fork();
  write();
  writer.ldelim();
}

function writeGraph(writer: Writer, graph: OnnxGraph): void {
  for (const node of graph.nodes) writeMessage(writer, graphFields.node, () => writeNode(writer, node));
  writeString(writer, graphFields.name, graph.name);
  for (const tensor of graph.initializers)
    writeMessage(writer, graphFields.initializer, () => writeTensor(writer, tensor));
  for (const input of graph.inputs) writeMessage(writer, graphFields.input, () => writeValueInfo(writer, input));
  for (const output of graph.outputs) writeMessage(writer, graphFields.output, () => writeValueInfo(writer, output));
}

function writeNode(writer: Writer, node: OnnxNode): void {
  for (const input of node.inputs) writeString(writer, nodeFields.input, input);
  for (const output of node.outputs) writeString(writer, nodeFields.output, output);
  writeString(writer, nodeFields.name, node.name);
  writeString(writer, nodeFields.opType, node.opType);
  for (const attribute of node.attributes)
    writeMessage(writer, nodeFields.attribute, () => writeAttribute(writer, attribute));
  writeString(writer, nodeFields.domain, node.domain);
}

function writeAttribute(writer: Writer, attribute: OnnxAttribute): void {
  writeString(writer, attributeFields.name, attribute.name);
  const type = writeAttributeValue(writer, attribute);
  tag(writer, attributeFields.type, 0).int32(type);
}

/** Writes the value and returns its AttributeProto.AttributeType. */
function writeAttributeValue(writer: Writer, attribute: OnnxAttribute): number {
  switch (attribute.kind) {
    case 'float':
      tag(writer, attributeFields.float, 5).float(attribute.value);
      return 1;
    case 'int':
      writeInt64(writer, attributeFields.int, attribute.value);
      return 2;
    case 'string':
      writeString(writer, attributeFields.string, attribute.value);
      return 3;
    case 'tensor':
      writeMessage(writer, attributeFields.tensor, () => writeTensor(writer, attribute.value));
      return 4;
    case 'graph':
      writeMessage(writer, attributeFields.graph, () => writeGraph(writer, attribute.value));
      return 5;
    case 'floats':
      for (const value of attribute.value) tag(writer, attributeFields.floats, 5).float(value);
      return 6;
    case 'ints':
      for (const value of attribute.value) writeInt64(writer, attributeFields.ints, value);
      return 7;
  }
}

function writeTensor(writer: Writer, tensor: OnnxTensor): void {
  for (const dimension of tensor.shape) writeInt64(writer, tensorFields.dims, dimension);
  tag(writer, tensorFields.elementType, 0).int32(tensor.elementType);
  writeString(writer, tensorFields.name, tensor.name);
  tag(writer, tensorFields.raw, 2).bytes(tensor.raw);
}

function writeValueInfo(writer: Writer, value: OnnxValueInfo): void {
  const writeShape = (): void => {
    for (const dimension of value.shape) {
      writeMessage(writer, valueFields.dimension, () => {
        if (typeof dimension === 'number') writeInt64(writer, valueFields.dimensionValue, dimension);
        else writeString(writer, valueFields.dimensionName, dimension);
      });
    }
  };
  writeString(writer, valueFields.name, value.name);
  writeMessage(writer, valueFields.type, () =>
    writeMessage(writer, valueFields.tensorType, () => {
      tag(writer, valueFields.elementType, 0).int32(value.elementType);
      writeMessage(writer, valueFields.shape, writeShape);
    }),
  );
}

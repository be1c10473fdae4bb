import { InferenceSession, Tensor } from 'onnxruntime-node';
import protobuf from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from './graph-builder.ts';
import type { OnnxModel, OnnxTensor } from './model.ts';
import { elementTypes } from './model.ts';
import { readModel } from './read-model.ts';
import { floatsOf, floatTensor, int8Tensor, int64Tensor, uint8Tensor } from './tensors.ts';
import { writeModel } from './write-model.ts';

const branch = {
  name: 'then',
  nodes: [],
  initializers: [int64Tensor('inner', [2], [1, -1])],
  inputs: [],
  outputs: [{ name: 'inner', elementType: elementTypes.int64, shape: [2] }],
};

const model: OnnxModel = {
  irVersion: 10,
  producerName: 'test',
  opsets: [
    { domain: '', version: 17 },
    { domain: 'com.microsoft', version: 1 },
  ],
  graph: {
    name: 'everything',
    nodes: [
      {
        name: 'node',
        opType: 'Any',
        domain: 'com.microsoft',
        inputs: ['a', '', 'b'],
        outputs: ['c'],
        attributes: [
          { name: 'int', kind: 'int', value: 2n ** 63n - 1n },
          { name: 'negative', kind: 'int', value: -1n },
          { name: 'ints', kind: 'ints', value: [0n, -(2n ** 63n)] },
          { name: 'float', kind: 'float', value: 0.5 },
          { name: 'floats', kind: 'floats', value: [1, -0.25] },
          { name: 'string', kind: 'string', value: 'käse' },
          { name: 'tensor', kind: 'tensor', value: uint8Tensor('', [1, 3], Uint8Array.of(0, 128, 255)) },
          { name: 'graph', kind: 'graph', value: branch },
        ],
      },
    ],
    initializers: [floatTensor('a', [2, 1], Float32Array.of(1.5, -2)), int8Tensor('b', [], Int8Array.of(-7))],
    inputs: [{ name: 'x', elementType: elementTypes.float, shape: ['batch', 3] }],
    outputs: [{ name: 'c', elementType: elementTypes.float, shape: [] }],
  },
};

/** An ONNX file with one initialiser, whose fields after its name and shape `write` sets. */
function fileWithTensor(elementType: number, write: (writer: protobuf.Writer) => void): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32((7 << 3) | 2).fork();
  writer.uint32((5 << 3) | 2).fork();
  writer.uint32((1 << 3) | 0).int64(2);
  writer.uint32((2 << 3) | 0).int32(elementType);
  writer.uint32((8 << 3) | 2).string('typed');
  write(writer);
  return writer.ldelim().ldelim().finish();
}

function tensorIn(bytes: Uint8Array): OnnxTensor {
  const tensor = readModel(bytes).graph.initializers[0];
  if (tensor === undefined) throw new Error('no tensor was read');
  return tensor;
}

describe('ONNX files', () => {
  it('come back from writing and reading as they were', () => {
    const read = readModel(writeModel(model));
    const plain = (value: unknown): unknown =>
      JSON.parse(
        JSON.stringify(value, (_, field: unknown) => {
          if (typeof field === 'bigint') return `${field}n`;
          return ArrayBuffer.isView(field)
            ? Array.from(new Uint8Array(field.buffer, field.byteOffset, field.byteLength))
            : field;
        }),
      );
    const normal = (value: OnnxModel): unknown =>
      plain(value.graph.initializers.map(({ raw, ...rest }) => ({ ...rest, raw: Array.from(raw) })));
    expect(normal(read)).toEqual(normal(model));
    expect(writeModel(read)).toEqual(writeModel(model));
    expect(read.graph.nodes[0]?.attributes[0]).toEqual({ name: 'int', kind: 'int', value: 2n ** 63n - 1n });
    expect(read.graph.nodes[0]?.attributes[2]).toEqual({ name: 'ints', kind: 'ints', value: [0n, -(2n ** 63n)] });
    expect(read.graph.nodes[0]?.inputs).toEqual(['a', '', 'b']);
    expect(read.graph.inputs).toEqual(model.graph.inputs);
    expect(read.opsets).toEqual(model.opsets);
  });

  it('keep the graphs inside nodes, with their initialisers', () => {
    const attribute = readModel(writeModel(model)).graph.nodes[0]?.attributes.at(-1);
    expect(attribute?.kind === 'graph' && attribute.value.initializers[0]?.name).toBe('inner');
    expect(attribute?.kind === 'graph' && attribute.value.outputs).toEqual(branch.outputs);
  });

  it('may hold tensor elements in typed fields, packed or one by one', () => {
    const packed = fileWithTensor(elementTypes.float, (writer) =>
      writer
        .uint32((4 << 3) | 2)
        .fork()
        .float(1.5)
        .float(-3)
        .ldelim(),
    );
    const single = fileWithTensor(elementTypes.float, (writer) =>
      writer
        .uint32((4 << 3) | 5)
        .float(1.5)
        .uint32((4 << 3) | 5)
        .float(-3),
    );
    expect(Array.from(floatsOf(tensorIn(packed)))).toEqual([1.5, -3]);
    expect(Array.from(floatsOf(tensorIn(single)))).toEqual([1.5, -3]);
    const bytes = fileWithTensor(elementTypes.uint8, (writer) =>
      writer
        .uint32((5 << 3) | 2)
        .fork()
        .int32(7)
        .int32(255)
        .ldelim(),
    );
    expect(Array.from(tensorIn(bytes).raw)).toEqual([7, 255]);
  });

  it('are refused when their data lie in another file, or when they are none', () => {
    const external = fileWithTensor(elementTypes.float, (writer) => writer.uint32((14 << 3) | 0).int32(1));
    expect(() => readModel(external)).toThrow(/'typed' keeps its data in another file/);
    expect(() => readModel(new Uint8Array())).toThrow(/no graph/);
  });
});

describe('the graph builder', () => {
  it('makes graphs that onnxruntime runs', async () => {
    const builder = new GraphBuilder('scaled sum');
    const x = builder.input('x', elementTypes.float, ['rows', 2]);
    const sum = builder.node('ReduceSum', [x, builder.ints([1])], { attributes: { keepdims: 0 } });
    builder.node('LeakyRelu', [builder.node('Mul', [sum, builder.scalar(2)])], {
      attributes: { alpha: { float: 1 } },
      outputs: ['y'],
    });
    builder.output('y', elementTypes.float, ['rows']);
    const session = await InferenceSession.create(writeModel(builder.build('test', 10, [{ domain: '', version: 17 }])));
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2, 3, -7), [2, 2]) });
    expect(Array.from(y?.data as Float32Array)).toEqual([6, -8]);
    await session.release();
  });

  it('shares equal number constants and refuses two tensors of one name', () => {
    const builder = new GraphBuilder('constants');
    expect(builder.ints([1, 2])).toBe(builder.ints([1, 2]));
    expect(builder.scalar(0.5)).not.toBe(builder.scalar(5));
    builder.constant(floatTensor('w', [1], Float32Array.of(1)));
    expect(() => builder.constant(floatTensor('w', [1], Float32Array.of(2)))).toThrow(/two constants are named 'w'/);
    expect(builder.build('test', 10, []).graph.initializers.map(({ name }) => name)).toEqual([
      'ints_1_2',
      'scalar_0.5',
      'scalar_5',
      'w',
    ]);
  });

  it('refuses a tensor whose elements do not fill its shape', () => {
    expect(() => floatTensor('w', [2, 3], new Float32Array(5))).toThrow(/'w' of shape \[2,3\] needs 6 elements, got 5/);
  });
});

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import type { OnnxModel, OnnxTensor } from '../../models/onnx/model.ts';
import { elementTypes } from '../../models/onnx/model.ts';
import { floatTensor, int8Tensor, uint8Tensor } from '../../models/onnx/tensors.ts';
import { writeModel } from '../../models/onnx/write-model.ts';
import { graphHeader } from './graph-header.ts';

const depth = 64;
const columns = 16;

/**
 * Whether this processor multiplies unsigned by signed bytes without loss. x86 before VNNI (AVX2, early AVX-512) adds pairs
 * of products in 16 bits, which saturate: onnxruntime then wants unsigned weights, which are exact everywhere but slower
 * where VNNI is. Its own switch for this, session.x64quantprecision, takes the slow way on processors with VNNI too.
 */
export async function signedProductsAreExact(): Promise<boolean> {
  const session = await InferenceSession.create(writeModel(largestProduct()), { logSeverityLevel: 3 });
  const row = new Tensor('uint8', new Uint8Array(depth).fill(255), [1, depth]);
  const { product } = await session.run({ row });
  await session.release();
  return product !== undefined && (product.data as Float32Array).every((value) => value === 255 * 127 * depth);
}

/** A product whose pairs do not fit in 16 bits. */
export function largestProduct(): OnnxModel {
  const builder = new GraphBuilder('largest-product');
  builder.input('row', elementTypes.uint8, [1, depth]);
  const inputs = [
    'row',
    builder.constant(int8Tensor('weights', [depth, columns], new Int8Array(depth * columns).fill(127))),
    builder.scalar(1),
    builder.constant(floatTensor('scale', [], Float32Array.of(1))),
    builder.constant(uint8Tensor('row_zero', [], Uint8Array.of(0))),
    builder.constant(int8Tensor('weight_zero', [], Int8Array.of(0))),
  ];
  builder.node('MatMulIntegerToFloat', inputs, { domain: 'com.microsoft', outputs: ['product'] });
  builder.output('product', elementTypes.float, [1, columns]);
  return builder.build(...graphHeader);
}

/** The same model with every signed byte tensor, weights and zero points alike, moved up by 128: equal results. */
export function withUnsignedWeights(model: OnnxModel): OnnxModel {
  const { graph } = model;
  return { ...model, graph: { ...graph, initializers: graph.initializers.map(unsigned) } };
}

function unsigned(tensor: OnnxTensor): OnnxTensor {
  if (tensor.elementType !== elementTypes.int8) return tensor;
  return uint8Tensor(
    tensor.name,
    tensor.shape,
    Uint8Array.from(tensor.raw, (byte) => byte ^ 128),
  );
}

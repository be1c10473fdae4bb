import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import type { OnnxModel } from '../../models/onnx/model.ts';
import { writeModel } from '../../models/onnx/write-model.ts';
import { largestProduct, signedProductsAreExact, withUnsignedWeights } from './signed-products.ts';

async function run(model: OnnxModel): Promise<Float32Array> {
  const session = await InferenceSession.create(writeModel(model));
  const { product } = await session.run({ row: new Tensor('uint8', new Uint8Array(64).fill(255), [1, 64]) });
  await session.release();
  return product?.data as Float32Array;
}

it('unsigned weights give the exact product on every processor', async () => {
  expect(Array.from(await run(withUnsignedWeights(largestProduct())))).toEqual(Array(16).fill(255 * 127 * 64));
});

it('signed weights are found exact just where they give the exact product', async () => {
  const exact = (await run(largestProduct())).every((value) => value === 255 * 127 * 64);
  expect(await signedProductsAreExact()).toBe(exact);
});

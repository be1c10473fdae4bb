import { readFile } from 'node:fs/promises';
import { InferenceSession } from 'onnxruntime-node';
import { readModel } from '../../models/onnx/read-model.ts';
import { writeModel } from '../../models/onnx/write-model.ts';
import { signedProductsAreExact, withUnsignedWeights } from './signed-products.ts';

const quiet: InferenceSession.SessionOptions = { logSeverityLevel: 3 };

/** Asked once: it is the same processor for every graph. */
let exact: Promise<boolean> | undefined;

/**
 * Opens a graph of 8-bit weights so that this processor computes what was meant: from its file, with no copy of the weights in
 * JavaScript's memory, unless the processor needs them otherwise.
 */
export async function openGraph(
  file: string,
  options: InferenceSession.SessionOptions = quiet,
): Promise<InferenceSession> {
  exact ??= signedProductsAreExact();
  if (await exact) return InferenceSession.create(file, options);
  return InferenceSession.create(writeModel(withUnsignedWeights(readModel(await readFile(file)))), options);
}

/**
 * Opens a graph for decoding.
 * @param threads that one inference uses; 1 gives the most throughput over several workers
 */
export const openEngineGraph = (file: string, threads = 1): Promise<InferenceSession> =>
  openGraph(file, {
    ...quiet,
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    extra: { session: { set_denormal_as_zero: '1' } },
  });

import { Tensor } from 'onnxruntime-node';
import type { PassOutputs, PassSize } from '../shared/decoder-batch.ts';
import type { NextToken } from './hypothesis.ts';

/** What Moonshine's decoder says of each selected token's successor: the two likeliest, [selected, 2] each. */
export interface NextTokens extends PassOutputs {
  readonly ids: BigInt64Array;
  readonly logProbabilities: Float32Array;
}

export function nextTokenTensors({ selected }: PassSize): NextTokens {
  const ids = new BigInt64Array(selected * 2);
  const logProbabilities = new Float32Array(selected * 2);
  const tensors = {
    top_ids: new Tensor('int64', ids, [selected, 2]),
    top_log_probabilities: new Tensor('float32', logProbabilities, [selected, 2]),
  };
  return { tensors, ids, logProbabilities };
}

export function nextToken({ ids, logProbabilities }: NextTokens, index: number): NextToken {
  const [best, second] = [2 * index, 2 * index + 1];
  return {
    ids: [Number(ids[best]), Number(ids[second])],
    logProbabilities: [logProbabilities[best] ?? Number.NaN, logProbabilities[second] ?? Number.NaN],
  };
}

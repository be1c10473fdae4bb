import { Tensor } from 'onnxruntime-node';
import type { PassSize } from '../shared/decoder-batch.ts';
import type { NextToken } from './hypothesis.ts';

/** What Moonshine's decoder says of each selected token's successor: the two likeliest. */
export const nextTokenTensors = ({ selected }: PassSize) => ({
  top_ids: new Tensor('int64', new BigInt64Array(selected * 2), [selected, 2]),
  top_log_probabilities: new Tensor('float32', new Float32Array(selected * 2), [selected, 2]),
});

export type NextTokenTensors = ReturnType<typeof nextTokenTensors>;

export function nextToken({ top_ids, top_log_probabilities }: NextTokenTensors, index: number): NextToken {
  const ids = top_ids.data as BigInt64Array;
  const logProbabilities = top_log_probabilities.data as Float32Array;
  const [best, second] = [2 * index, 2 * index + 1];
  return {
    ids: [Number(ids[best]), Number(ids[second])],
    logProbabilities: [logProbabilities[best] ?? Number.NaN, logProbabilities[second] ?? Number.NaN],
  };
}

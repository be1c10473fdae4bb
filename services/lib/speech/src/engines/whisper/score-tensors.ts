import { Tensor } from 'onnxruntime-node';
import type { PassOutputs, PassSize } from '../shared/decoder-batch.ts';
import type { FloatPool } from '../shared/float-pool.ts';
import type { AlignmentTensor } from './attention-rows.ts';

/** What Whisper's decoder says of the selected tokens' successors. */
export interface ScoreTensors extends PassOutputs {
  /** Logits, [selected, vocabulary]. */
  readonly values: Float32Array;
  /** [selected]: the logarithm of the sum of their exponentials. */
  readonly logSums: Float32Array;
  readonly alignment: AlignmentTensor;
}

/**
 * Makes the tensors that a pass writes into. Their memory is the pool's: the next pass of a batch overwrites them.
 *
 * @param heads alignment heads; 0 where no word times are wanted.
 */
export function scoreTensors(pool: FloatPool, vocabulary: number, heads: number): (size: PassSize) => ScoreTensors {
  return ({ rows, length, selected, paddedFrames }) => {
    const values = pool.take('logits', selected * vocabulary);
    const logSums = pool.take('log sums', selected);
    const attention = pool.take('alignment', rows * heads * length * paddedFrames);
    const tensors = {
      logits: new Tensor('float32', values, [selected, vocabulary]),
      log_sum: new Tensor('float32', logSums, [selected]),
      ...(heads > 0 && { alignment: new Tensor('float32', attention, [rows, heads, length, paddedFrames]) }),
    };
    return { tensors, values, logSums, alignment: { attention, length, frames: paddedFrames } };
  };
}

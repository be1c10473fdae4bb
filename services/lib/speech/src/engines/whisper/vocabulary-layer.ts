import type { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import { floatTensor, int8Tensor } from '../../models/onnx/tensors.ts';
import { rowwiseProduct, weightConstants } from '../shared/layers.ts';
import { quantizeColumns } from '../shared/quantized-matrix.ts';
import type { WhisperWeights } from './whisper-weights.ts';

/** The table of tokens, which is both the first and the last layer of the decoder. */
export interface VocabularyNodes {
  /** i64 [batch, length] → f32 [batch, length, hidden]. */
  embed(tokens: string): string;
  /** [rows, hidden] → logits [rows, vocabulary]. */
  project(x: string): string;
}

export type VocabularyLayer = (builder: GraphBuilder, weights: WhisperWeights) => Promise<VocabularyNodes>;

const tableOf = (weights: WhisperWeights): Promise<Float32Array> =>
  weights.floats('decoder.embed_tokens.weight', [weights.shape.vocabulary, weights.shape.hidden]);

/** 8 bits with a scale for each token: one table serves both layers. */
export const quantizedVocabulary: VocabularyLayer = async (builder, weights) => {
  const { hidden: inputs, vocabulary: outputs } = weights.shape;
  const constants = weightConstants(
    builder,
    'tokens',
    quantizeColumns({ inputs, outputs, values: await tableOf(weights) }),
  );
  return {
    embed(tokens) {
      // The table lies as the output layer needs it, so a token is a column.
      const columns = builder.node('Gather', [constants.values, tokens], { attributes: { axis: 1 } });
      const zero = builder.constant(int8Tensor('tokens.zero', [], Int8Array.of(0)));
      const levels = builder.node('DequantizeLinear', [columns, builder.scalar(1), zero]);
      const rows = builder.node('Transpose', [levels], { attributes: { perm: [1, 2, 0] } });
      const scales = builder.node('Gather', [constants.scales, tokens]);
      return builder.node('Mul', [rows, builder.node('Unsqueeze', [scales, builder.ints([2])])]);
    },
    project: (x) => rowwiseProduct(builder, x, constants),
  };
};

/** The table as it was trained. */
export const floatVocabulary: VocabularyLayer = async (builder, weights) => {
  const { hidden, vocabulary } = weights.shape;
  const table = builder.constant(floatTensor('tokens.table', [vocabulary, hidden], await tableOf(weights)));
  return {
    embed: (tokens) => builder.node('Gather', [table, tokens]),
    project: (x) => builder.node('Gemm', [x, table], { attributes: { transB: 1 } }),
  };
};

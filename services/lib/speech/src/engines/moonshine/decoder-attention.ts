import type { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import { elementTypes } from '../../models/onnx/model.ts';
import { moonshineTiny } from './dimensions.ts';

const { heads, headSize, hidden } = moonshineTiny;

/**
 * The decoder's inputs but for its memory, for a batch of B rows with N new tokens each (rows with fewer are padded on the
 * right). The memory, by layer i: `cross_key_i` [B, 8, 1, 36, frames], `cross_value_i` [B, 8, 1, frames, 36] from the encoder,
 * `past_key_i` [B, 8, 1, 36, capacity], `past_value_i` [B, 8, 1, capacity, 36] of earlier tokens, all f32.
 */
export interface DecoderInputs {
  /** i64 [B, N]. */
  readonly tokens: string;
  /** i64 [B, N]: each token's place in its row, from 0. */
  readonly positions: string;
  /** i64 [selected]: indices into B × N of the tokens whose successor is wanted. */
  readonly selected: string;
  /** i64 [B, 8, 1, 36, N]: for every element of a new key, the place in the cache that it goes to: its token's position. */
  readonly keySlots: string;
  /** i64 [B, 8, 1, N, 36]: the same for values. */
  readonly valueSlots: string;
  /** f32 [B, 1, N, 1, capacity]: 0 where a token may look (places up to its own), a large negative number elsewhere. */
  readonly selfBias: string;
  /** f32 [B, 1, 1, 1, frames]: 0 where the row has a frame, a large negative number where it is padded. */
  readonly crossBias: string;
}

export function decoderInputs(builder: GraphBuilder): DecoderInputs {
  const { int64, float } = elementTypes;
  return {
    tokens: builder.input('tokens', int64, ['batch', 'length']),
    positions: builder.input('positions', int64, ['batch', 'length']),
    selected: builder.input('selected', int64, ['selected']),
    keySlots: builder.input('key_slots', int64, ['batch', heads, 1, headSize, 'length']),
    valueSlots: builder.input('value_slots', int64, ['batch', heads, 1, 'length', headSize]),
    selfBias: builder.input('self_bias', float, ['batch', 1, 'length', 1, 'capacity']),
    crossBias: builder.input('cross_bias', float, ['batch', 1, 1, 1, 'frames']),
  };
}

/** [batch, length, 288] → [batch, length, 8, 1, 36], then in the order of `perm`. */
export function splitHeads(builder: GraphBuilder, x: string, perm: readonly number[]): string {
  const apart = builder.node('Reshape', [x, builder.ints([0, 0, heads, 1, headSize])]);
  return builder.node('Transpose', [apart], { attributes: { perm } });
}

/**
 * Attention of each query alone: a product of one row, over keys [batch, 8, 1, 36, places] and values
 * [batch, 8, 1, places, 36], is summed in the same order however many queries there are. A product of many rows is not, and
 * a text drafted and a text decoded token by token could then differ.
 *
 * @param query [batch, length, 288], scaled already.
 * @returns [batch, length, 288].
 */
export function attend(builder: GraphBuilder, query: string, keys: string, values: string, bias: string): string {
  const queries = splitHeads(builder, query, [0, 2, 1, 3, 4]);
  const scores = builder.node('Add', [builder.node('MatMul', [queries, keys]), bias]);
  const mixed = builder.node('MatMul', [builder.node('Softmax', [scores], { attributes: { axis: -1 } }), values]);
  const together = builder.node('Transpose', [mixed], { attributes: { perm: [0, 2, 1, 3, 4] } });
  return builder.node('Reshape', [together, builder.ints([0, 0, hidden])]);
}

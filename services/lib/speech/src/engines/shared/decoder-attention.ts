import type { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import { elementTypes } from '../../models/onnx/model.ts';

/** Heads of the decoder's attention, and the size of each. */
export interface HeadShape {
  readonly heads: number;
  readonly headSize: number;
}

/**
 * The decoder's inputs but for its memory, for a batch of B rows with N new tokens each (rows with fewer are padded on the
 * right), H heads of size D. The memory, by layer i: `cross_key_i` [B, H, 1, D, frames], `cross_value_i` [B, H, 1, frames, D]
 * from the encoder, `past_key_i` [B, H, 1, D, capacity], `past_value_i` [B, H, 1, capacity, D] of earlier tokens, all f32.
 */
export interface DecoderInputs {
  /** i64 [B, N]. */
  readonly tokens: string;
  /** i64 [B, N]: each token's place in its row, from 0. */
  readonly positions: string;
  /** i64 [selected]: indices into B × N of the tokens whose successor is wanted. */
  readonly selected: string;
  /** i64 [B, H, 1, D, N]: for every element of a new key, the place in the cache that it goes to: its token's position. */
  readonly keySlots: string;
  /** i64 [B, H, 1, N, D]: the same for values. */
  readonly valueSlots: string;
  /** f32 [B, 1, N, 1, capacity]: 0 where a token may look (places up to its own), a large negative number elsewhere. */
  readonly selfBias: string;
  /** f32 [B, 1, 1, 1, frames]: 0 where the row has a frame, a large negative number where it is padded, the logarithm of how many
   * frames it stands for where it stands for several. */
  readonly crossBias: string;
}

export function decoderInputs(builder: GraphBuilder, { heads, headSize }: HeadShape): DecoderInputs {
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

/** [batch, length, H × D] → [batch, length, H, 1, D], then in the order of `perm`. */
export function splitHeads(
  builder: GraphBuilder,
  { heads, headSize }: HeadShape,
  x: string,
  perm: readonly number[],
): string {
  const apart = builder.node('Reshape', [x, builder.ints([0, 0, heads, 1, headSize])]);
  return builder.node('Transpose', [apart], { attributes: { perm } });
}

/** Adds `present_<which>_<layer>`: the cache of earlier keys or values with those of the new tokens in their slots. */
export function storeInCache(
  builder: GraphBuilder,
  shape: HeadShape,
  inputs: DecoderInputs,
  layer: number,
  which: 'key' | 'value',
  vectors: string,
): string {
  const { heads, headSize } = shape;
  const [places, perm, axis] =
    which === 'key' ? [[headSize, 'capacity'], [0, 2, 3, 4, 1], 4] : [['capacity', headSize], [0, 2, 3, 1, 4], 3];
  const past = builder.input(`past_${which}_${layer}`, elementTypes.float, ['batch', heads, 1, ...places]);
  const present = `present_${which}_${layer}`;
  builder.output(present, elementTypes.float, ['batch', heads, 1, ...places]);
  const slots = which === 'key' ? inputs.keySlots : inputs.valueSlots;
  return builder.node('ScatterElements', [past, slots, splitHeads(builder, shape, vectors, perm)], {
    attributes: { axis },
    outputs: [present],
  });
}

/** What `attend` gives. */
export interface Attended {
  /** [batch, length, H × D]. */
  readonly mixed: string;
  /** How much each query looked at each place: [batch, H, length, 1, places]. */
  readonly looks: string;
}

/**
 * Attention of each query alone: a product of one row, over keys [batch, H, 1, D, places] and values [batch, H, 1, places, D],
 * is summed in the same order however many queries there are. A product of many rows is not, and a text drafted and a text
 * decoded token by token could then differ.
 *
 * @param query [batch, length, H × D], scaled already.
 */
export function attend(
  builder: GraphBuilder,
  shape: HeadShape,
  query: string,
  keys: string,
  values: string,
  bias: string,
): Attended {
  const queries = splitHeads(builder, shape, query, [0, 2, 1, 3, 4]);
  const scores = builder.node('Add', [builder.node('MatMul', [queries, keys]), bias]);
  const looks = builder.node('Softmax', [scores], { attributes: { axis: -1 } });
  const mixed = builder.node('MatMul', [looks, values]);
  const together = builder.node('Transpose', [mixed], { attributes: { perm: [0, 2, 1, 3, 4] } });
  const width = shape.heads * shape.headSize;
  return { mixed: builder.node('Reshape', [together, builder.ints([0, 0, width])]), looks };
}
